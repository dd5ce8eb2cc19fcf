# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from posenet_ros.decoding.greedy import STEPS
from posenet_ros.skeleton import KEYPOINT_NAMES, LIMBS, NUM_KEYPOINTS, TREE_EDGES, KeypointId


def test_names_are_those_of_tfjs():
    assert KEYPOINT_NAMES[0] == "nose"
    assert KEYPOINT_NAMES[KeypointId.LEFT_EYE] == "leftEye"
    assert KEYPOINT_NAMES[KeypointId.RIGHT_ANKLE] == "rightAnkle"
    assert len(set(KEYPOINT_NAMES)) == NUM_KEYPOINTS == 17


def test_edges_form_a_tree_rooted_at_the_nose():
    children = [child for _, child in TREE_EDGES]
    assert sorted(children) == list(range(1, 17))
    reached = {KeypointId.NOSE}
    for parent, child in TREE_EDGES:
        assert parent in reached, "an edge stands before the one that leads to its parent"
        reached.add(child)


def test_limbs_are_distinct_pairs():
    assert len({frozenset(limb) for limb in LIMBS}) == len(LIMBS)
    assert all(a != b for a, b in LIMBS)


def test_every_walk_reaches_every_key_point_once():
    for root in range(NUM_KEYPOINTS):
        reached = [root]
        for source, target, edge, backward in STEPS[root]:
            assert source in reached, "a step begins where none has ended"
            assert TREE_EDGES[edge] == ((target, source) if backward else (source, target))
            reached.append(target)
        assert sorted(reached) == list(range(NUM_KEYPOINTS))
