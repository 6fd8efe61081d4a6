"""Which events a rule's pattern lets pass."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.event_pattern import EventPattern, PatternError

EVENT = {
    "source": "spk.iot.shadow",
    "detail-type": "Shadow Update",
    "resources": ["arn:one", "arn:two"],
    "detail": {"thingName": "lamp", "partnerId": None, "version": 7, "ok": True, "deep": {"n": 1}, "list": []},
}


@pytest.mark.parametrize(
    ("pattern", "passes"),
    [
        ({"source": ["spk.iot.shadow"], "detail-type": ["Shadow Update"]}, True),
        ({"source": ["other", "spk.iot.shadow"]}, True),
        ({"source": ["spk.iot"]}, False),
        ({"source": ["spk.iot.shadow"], "detail-type": ["Other"]}, False),
        ({"source": [{"prefix": "spk."}]}, True),
        ({"source": [{"prefix": "iot."}]}, False),
        ({"source": [{"suffix": ".shadow"}]}, True),
        ({"detail": {"version": [{"prefix": "7"}]}}, False),
        ({"source": [{"anything-but": "spk.iot.shadow"}]}, False),
        ({"source": [{"anything-but": ["a", "b"]}]}, True),
        ({"source": [{"anything-but": {"prefix": "spk."}}]}, False),
        ({"source": [{"anything-but": {"suffix": ".jobs"}}]}, True),
        ({"detail": {"missing": [{"anything-but": "x"}]}}, False),
        ({"detail": {"thingName": [{"exists": True}]}}, True),
        ({"detail": {"thingName": [{"exists": False}]}}, False),
        ({"detail": {"missing": [{"exists": False}]}}, True),
        ({"nothing": {"below": [{"exists": False}]}}, True),
        ({"detail": {"deep": {"n": [1]}}}, True),
        ({"detail": {"deep": {"n": [2]}}}, False),
        ({"detail": {"thingName": {"deeper": ["x"]}}}, False),
        ({"detail": {"partnerId": [None]}}, True),
        ({"detail": {"missing": [None]}}, False),
        ({"detail": {"version": [7]}}, True),
        ({"detail": {"version": [7.0]}}, False),
        ({"detail": {"version": ["7"]}}, False),
        ({"detail": {"ok": [True]}}, True),
        ({"detail": {"ok": [1]}}, False),
        ({"resources": ["arn:two"]}, True),
        ({"resources": [{"prefix": "arn:t"}]}, True),
        ({"detail": {"list": ["x"]}}, False),
        ({"detail": {"missing": ["x", {"exists": False}]}}, True),
    ],
)
def test_an_event_passes_if_every_field_of_the_pattern_matches(pattern: dict[str, Any], passes: bool) -> None:
    assert EventPattern(pattern).matches(EVENT) is passes


@pytest.mark.parametrize(
    ("pattern", "place"),
    [
        ({}, "the pattern"),
        ([], "the pattern"),
        ({"source": "spk"}, "source"),
        ({"source": []}, "source"),
        ({"detail": {}}, "detail"),
        ({"detail": {"a": [{"numeric": [">", 1]}]}}, "detail.a"),
        ({"detail": {"a": [{"exists": "yes"}]}}, "detail.a"),
        ({"detail": {"a": [{"prefix": 1}]}}, "detail.a"),
        ({"detail": {"a": [{"anything-but": [{"x": 1}]}]}}, "detail.a"),
        ({"detail": {"a": [["x"]]}}, "detail.a"),
    ],
)
def test_a_pattern_that_cannot_be_is_refused_by_the_place(pattern: Any, place: str) -> None:
    with pytest.raises(PatternError, match=f"^{place}"):
        EventPattern(pattern)
