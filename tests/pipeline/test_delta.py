"""The delta that AWS IoT computes, which a rule on update/documents does not get."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.documents import delta as delta_of_the_sandbox
from tests.pipeline.event import NAMES
from tests.pipeline.eventbridge import EventBridge

KEYS = st.text("ab/1", min_size=1, max_size=3)
SCALARS = st.booleans() | st.integers(-3, 3) | st.sampled_from([0.0, 1.0, 2.5]) | st.text("xy", max_size=2)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3))
SECTIONS: st.SearchStrategy[dict[str, Any]] = st.dictionaries(KEYS, VALUES, max_size=4)


def test_the_delta_is_all_that_is_desired_where_nothing_is_reported(function: Any, bus: EventBridge) -> None:
    function.handler({**NAMES, "desired": {"a": {"b": [1]}}}, None)

    assert bus.detail["deltaState"] == '{"a":{"b":[1]}}'


def test_there_is_no_delta_where_everything_desired_is_reported(function: Any, bus: EventBridge) -> None:
    function.handler({**NAMES, "desired": {"a": {"b": 1}}, "reported": {"a": {"b": 1.0, "c": 2}}}, None)

    assert bus.detail["deltaState"] is None


@pytest.mark.parametrize(
    ("desired", "reported", "expected"),
    [
        ({"n": 1}, {"n": 1.0}, {}),
        ({"n": 1}, {"n": True}, {"n": 1}),
        ({"n": False}, {"n": 0}, {"n": False}),
        ({"n": "1"}, {"n": 1}, {"n": "1"}),
        ({"n": 2**60 + 1}, {"n": 2**60}, {"n": 2**60 + 1}),
        ({"a": [1, 2]}, {"a": [1, 3]}, {"a": [1, 2]}),
        ({"a": [1, 2]}, {"a": [1, 2, 3]}, {"a": [1, 2]}),
        ({"a": [1, 2]}, {"a": [1.0, 2]}, {}),
        ({"a": [True]}, {"a": [1]}, {"a": [True]}),
        ({"a": [{"k": 1}]}, {"a": [{"k": 1, "more": 2}]}, {"a": [{"k": 1}]}),
        ({"o": {"x": 1, "y": 2}}, {"o": {"x": 1, "y": 3, "z": 4}}, {"o": {"y": 2}}),
        ({"o": {"x": 1}}, {"o": 5}, {"o": {"x": 1}}),
        ({"o": {}}, {"o": {"x": 1}}, {}),
    ],
)
def test_the_delta_goes_into_objects_compares_numbers_by_value_and_takes_arrays_whole(
    function: Any, desired: dict[str, Any], reported: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert repr(function.delta(desired, reported)) == repr(expected)


@given(desired=SECTIONS, reported=SECTIONS)
def test_the_delta_is_the_one_that_a_read_of_the_shadow_shows(
    served: tuple[EventBridge, Any], desired: dict[str, Any], reported: dict[str, Any]
) -> None:
    assert repr(served[1].delta(desired, reported)) == repr(delta_of_the_sandbox(desired, reported))
