# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What a page may say, and how often."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posenet_ros.errors import BadRequestError
from posenet_ros.web.requests import Change, Pause, Ready, Watch, parse_request
from posenet_ros.web.token_bucket import TokenBucket


@pytest.mark.parametrize(
    ("text", "request_"),
    [
        ('{"type": "watch", "camera": "front", "width": 640}', Watch("front", 640)),
        ('{"type": "watch", "camera": "", "width": 0}', Watch("", 0)),
        ('{"type": "pause"}', Pause()),
        ('{"type": "ready"}', Ready()),
        ('{"type": "set", "name": "smoothing", "value": true}', Change("smoothing", True)),
        ('{"type": "set", "name": "max_poses", "value": 3}', Change("max_poses", 3)),
        ('{"type": "set", "name": "decoder", "value": "single"}', Change("decoder", "single")),
    ],
)
def test_what_pages_say_is_understood(text, request_):
    assert parse_request(text) == request_


@pytest.mark.parametrize(
    "text",
    ["", "x", "[]", "null", "1", '"ready"', "{}", '{"type": 1}', '{"type": []}', '{"type": "shutdown"}']
    + ['{"type": "ready", "more": 1}', '{"type": "watch", "camera": "front"}', "[" * 4000, "9" * 4096]
    + ['{"type": "watch", "camera": 1, "width": 1}', '{"type": "watch", "camera": "", "width": -1}']
    + ['{"type": "watch", "camera": "", "width": 1e9}', '{"type": "watch", "camera": "", "width": true}']
    + ['{"type": "watch", "camera": "", "width": 999999}', '{"type": "set", "name": "a", "value": NaN}']
    + ['{"type": "set", "name": "a", "value": null}', '{"type": "set", "name": "a", "value": [1]}']
    + ['{"type": "set", "name": "' + "a" * 300 + '", "value": 1}', '{"type": "ready"'],
)
def test_anything_else_is_refused(text):
    with pytest.raises(BadRequestError):
        parse_request(text)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "camera", "width"]), inner),
)


@given(_JSON.map(json.dumps) | st.text(max_size=50))
def test_nothing_but_a_refusal_comes_of_nonsense(text):
    with contextlib.suppress(BadRequestError):
        assert isinstance(parse_request(text), Watch | Pause | Ready | Change)


def test_bursts_are_allowed_and_floods_are_not():
    limit = TokenBucket(rate=10.0, burst=3, now=0.0)
    assert [limit.allows(0.0) for _ in range(5)] == [True, True, True, False, False]
    assert limit.allows(0.1)
    assert not limit.allows(0.1)
    # A long silence earns no more than a burst.
    assert sum(limit.allows(100.0) for _ in range(10)) == 3
