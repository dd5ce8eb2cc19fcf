# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What tests of nodes do with them."""

from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState
from rcl_interfaces.msg import Parameter, ParameterType, ParameterValue
from rcl_interfaces.srv import GetParameters, SetParameters

from posenet_ros.ros.qos import OUTPUT

EXECUTABLES = {
    "posenet": "pose_node",
    "pose_visualizer": "visualizer_node",
    "pose_bridge": "bridge_node",
    "camera": "camera_node",
    "pose_web": "web_node",
}
"""The executable of each node, by the node's name."""


def feed(listener, message_type, topic, make_message, arrays, count=1):
    """Publish until the count of pose arrays has come."""
    publisher = listener.create_publisher(message_type, topic, OUTPUT)

    def enough():
        publisher.publish(make_message())
        listener.spin_for(0.1)
        return len(arrays) >= count

    listener.wait_until(enough, f"{count} pose arrays")
    listener.destroy_publisher(publisher)


def set_parameter(listener, name, value):
    kinds = {
        bool: (ParameterType.PARAMETER_BOOL, "bool_value"),
        int: (ParameterType.PARAMETER_INTEGER, "integer_value"),
        float: (ParameterType.PARAMETER_DOUBLE, "double_value"),
        str: (ParameterType.PARAMETER_STRING, "string_value"),
    }
    kind, field = kinds[type(value)]
    request = SetParameters.Request(
        parameters=[Parameter(name=name, value=ParameterValue(type=kind, **{field: value}))]
    )
    return listener.call(SetParameters, "posenet/set_parameters", request).results[0]


def get_parameter(listener, name):
    return listener.call(GetParameters, "posenet/get_parameters", GetParameters.Request(names=[name])).values[0]


def state(listener):
    return listener.call(GetState, "posenet/get_state", GetState.Request()).current_state.id


def change_state(listener, transition):
    request = ChangeState.Request(transition=Transition(id=transition))
    return listener.call(ChangeState, "posenet/change_state", request).success
