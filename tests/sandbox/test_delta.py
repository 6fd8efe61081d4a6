from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.documents import Json, delta

KEYS = st.text("ab/1", min_size=1, max_size=3)
SCALARS = st.booleans() | st.integers(-3, 3) | st.sampled_from([0.0, 1.0, 2.5, -3.0]) | st.text("xy", max_size=2)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3))
SECTIONS: st.SearchStrategy[dict[str, Any]] = st.dictionaries(KEYS, VALUES, max_size=4)


def _as_aws_compares(value: Json) -> Json:
    """A form in which Python's == is JSON's: booleans differ from numbers, and 1 equals 1.0."""
    if isinstance(value, bool):
        return ("bool", value)
    if isinstance(value, dict):
        return {key: _as_aws_compares(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return ["list", *map(_as_aws_compares, value)]
    return value


def _reported_alike(desired: Json, reported: Json) -> bool:
    if isinstance(desired, dict) and isinstance(reported, dict):
        return all(key in reported and _reported_alike(value, reported[key]) for key, value in desired.items())
    return bool(_as_aws_compares(desired) == _as_aws_compares(reported))


@given(SECTIONS, SECTIONS)
def test_there_is_no_delta_exactly_when_everything_desired_is_reported(
    desired: dict[str, Any], reported: dict[str, Any]
) -> None:
    assert (delta(desired, reported) == {}) == _reported_alike(desired, reported)


@given(SECTIONS, SECTIONS)
def test_a_device_that_reports_the_delta_has_no_delta_left(desired: dict[str, Any], reported: dict[str, Any]) -> None:
    assert delta(desired, _apply(reported, delta(desired, reported))) == {}


def _apply(reported: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    merged = dict(reported)
    for key, value in change.items():
        old = merged.get(key)
        merged[key] = _apply(old, value) if isinstance(value, dict) and isinstance(old, dict) else value
    return merged


@given(SECTIONS)
def test_the_delta_is_all_that_is_desired_when_nothing_is_reported(desired: dict[str, Any]) -> None:
    assert delta(desired, {}) == desired


@pytest.mark.parametrize(
    ("desired", "reported", "expected"),
    [
        ({"n": 1}, {"n": 1.0}, {}),
        ({"n": 1}, {"n": True}, {"n": 1}),
        ({"n": "1"}, {"n": 1}, {"n": "1"}),
        ({"a": [1, 2]}, {"a": [1, 3]}, {"a": [1, 2]}),
        ({"a": [1, 2]}, {"a": [1.0, 2]}, {}),
        ({"a": [{"k": 1}]}, {"a": [{"k": 1, "more": 2}]}, {"a": [{"k": 1}]}),
        ({"o": {"x": 1, "y": 2}}, {"o": {"x": 1, "y": 3, "z": 4}}, {"o": {"y": 2}}),
        ({"o": {"x": 1}}, {"o": 5}, {"o": {"x": 1}}),
        ({"big": 2**60 + 1}, {"big": 2**60}, {"big": 2**60 + 1}),
    ],
)
def test_objects_recurse_numbers_compare_by_value_and_arrays_as_wholes(
    desired: dict[str, Any], reported: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert delta(desired, reported) == expected
