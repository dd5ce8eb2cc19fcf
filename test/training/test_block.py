# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import copy

import pytest

pytest.importorskip("torch", reason="training dependencies are not installed: see 'make test-training'")

import torch

from training.network import PoseNet

IMAGES = torch.randn(2, 3, 65, 81, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def plain():
    """Return a network whose batch norm has statistics and weights of its own."""
    torch.manual_seed(0)
    network = PoseNet(0.25)
    for _ in range(20):
        network(torch.randn(4, 3, 65, 65) + 0.3)
    with torch.no_grad():
        for name, weight in network.named_parameters():
            if weight.ndim == 1 and not name.startswith("heads"):
                weight.add_(0.1 * torch.randn_like(weight))
    return network.eval()


def test_a_folded_network_answers_as_it_does_in_evaluation(plain):
    folded = copy.deepcopy(plain).fold()
    (wanted, (behind,)), (found, (features,)) = (made.with_features(IMAGES, (5,)) for made in (plain, folded))
    torch.testing.assert_close(features, behind, rtol=1e-4, atol=1e-4)
    for name, head in wanted.items():
        torch.testing.assert_close(found[name], head, rtol=1e-3, atol=1e-4)
    for name, head in folded.finish(features, 5).items():
        torch.testing.assert_close(head, wanted[name], rtol=1e-3, atol=1e-4)


def test_all_weights_of_a_folded_network_learn_as_in_evaluation(plain):
    folded = copy.deepcopy(plain).fold()
    gradients = []
    for made in (plain, folded):
        sum(head.square().mean() for head in made(IMAGES).values()).backward()
        gradients.append({name: weight.grad for name, weight in made.named_parameters()})
    for name, gradient in gradients[0].items():
        assert gradient.any(), name
        torch.testing.assert_close(gradients[1][name], gradient, rtol=1e-2, atol=1e-4 * float(gradient.abs().max()))


def test_the_statistics_of_a_folded_network_stay_while_it_learns(plain):
    before = {name: value.clone() for name, value in plain.named_buffers()}
    plain.train().fold()(IMAGES)
    for name, value in plain.named_buffers():
        assert torch.equal(value, before[name]), name


def test_a_copy_of_a_folded_network_is_folded(plain):
    folded = plain.fold()
    again = copy.deepcopy(folded).train()
    for name, head in folded(IMAGES).items():
        torch.testing.assert_close(again(IMAGES)[name], head)
