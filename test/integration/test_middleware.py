# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from posenet_ros.ros.middleware import large_image_environment

OLD, NEW = "FASTRTPS_DEFAULT_PROFILES_FILE", "FASTDDS_DEFAULT_PROFILES_FILE"
MALLOC = {"MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "MALLOC_TOP_PAD_"}


@pytest.mark.parametrize(
    ("environment", "added"),
    [
        ({}, {NEW} | MALLOC),
        ({"RMW_IMPLEMENTATION": "rmw_fastrtps_cpp", "ROS_DISTRO": "jazzy"}, {OLD} | MALLOC),
        ({"ROS_DISTRO": "humble"}, {OLD} | MALLOC),
        ({"ROS_DISTRO": "kilted"}, {NEW} | MALLOC),
        ({"RMW_IMPLEMENTATION": "rmw_cyclonedds_cpp"}, set()),
        ({"RMW_IMPLEMENTATION": "rmw_zenoh_cpp"}, set()),
        ({"FASTRTPS_DEFAULT_PROFILES_FILE": "mine.xml"}, set()),
        ({"FASTDDS_DEFAULT_PROFILES_FILE": "mine.xml"}, set()),
        ({"MALLOC_TOP_PAD_": "1"}, ({NEW} | MALLOC) - {"MALLOC_TOP_PAD_"}),
    ],
)
def test_what_is_added(environment, added):
    assert set(large_image_environment(environment)) == added


def test_profile_uses_the_transports_it_defines():
    path = Path(large_image_environment({})[NEW])
    namespace = "{http://www.eprosima.com/XMLSchemas/fastRTPS_Profiles}"
    root = ElementTree.parse(path).getroot()
    assert int(root.find(f".//{namespace}segment_size").text) == 64 * 2**20
    used = {element.text for element in root.findall(f".//{namespace}userTransports/{namespace}transport_id")}
    defined = {element.text for element in root.findall(f".//{namespace}transport_descriptor/{namespace}transport_id")}
    assert used == defined
