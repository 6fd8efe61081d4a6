"""By the sections of https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html"""

import time
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iot_sql.context import Context
from iot_sql.errors import LimitError
from iot_sql.functions import Call, find
from iot_sql.values import UNDEFINED, Value, Version
from tests.iot_sql.functions.applying import apply, typed
from tests.iot_sql.strategies import VALUES

PATTERNS = st.text(st.sampled_from("GCYxwyeEuDMLdQqaAnNKhHkmsSVvzOXxZpWFg'[]{}#-: T"), max_size=12)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["yyyy.MM.dd G 'at' HH:mm:ss z", 100000000, "America/Belize"], "1970.01.01 AD at 21:46:40 CST"),
        (["yyyy.MM.dd G 'at' HH:mm:ss z", 1497028786000], "2017.06.09 AD at 17:19:46 UTC"),
        (["yyyy", 1497028786000, "UTC"], "2017"),
        (["yyyy", "1497028786000"], "2017"),
        (["SSS", 1.9], "001"),
        (["''", 0], "'"),
        ([2017, 0], "2017"),
    ],
)
def test_parse_time_writes_a_time_by_its_pattern(arguments: list[Value], text: str) -> None:
    assert apply("parse_time", *arguments) == text


@pytest.mark.parametrize("argument", [True, "soon", [0], {}, None, UNDEFINED, 2**63, -(2**63) - 1])
def test_parse_time_needs_a_long_for_its_time(argument: Value) -> None:
    assert apply("parse_time", "yyyy", argument) is UNDEFINED


@pytest.mark.parametrize("pattern", [None, UNDEFINED, "", "yyyy b", {"b": 1}])
def test_parse_time_needs_a_pattern(pattern: Value) -> None:
    assert apply("parse_time", pattern, 0) is UNDEFINED


@pytest.mark.parametrize("zone", [None, UNDEFINED, "", "Nowhere/City", 1, [], "x" * 100_000])
def test_parse_time_needs_a_time_zone_that_there_is(zone: Value) -> None:
    assert apply("parse_time", "yyyy", 0, zone) is UNDEFINED


@pytest.mark.parametrize(
    ("text", "pattern", "milliseconds"),
    [
        ("2020-04-03 09:45:18 UTC+01:00", "yyyy-MM-dd HH:mm:ss VV", 1585903518000),
        ("18 December 2015", "dd MMMM yyyy", 1450396800000),
        ("2007-12-03 10:15:30.592 America/Los_Angeles", "yyyy-MM-dd HH:mm:ss.SSS z", 1196705730592),
        (20200102, "yyyyMMdd", 1577923200000),
    ],
)
def test_time_to_epoch_reads_a_time_by_its_pattern(text: Value, pattern: Value, milliseconds: int) -> None:
    assert typed(apply("time_to_epoch", text, pattern)) == typed(milliseconds)


@pytest.mark.parametrize("argument", [True, None, UNDEFINED, [], {}, "", "2020-13-01"])
def test_time_to_epoch_is_undefined_for_what_is_no_time(argument: Value) -> None:
    assert apply("time_to_epoch", argument, "yyyy-MM-dd") is UNDEFINED


@pytest.mark.parametrize("pattern", [True, None, UNDEFINED, [], {}, "", "bb"])
def test_time_to_epoch_is_undefined_for_what_is_no_pattern(pattern: Value) -> None:
    assert apply("time_to_epoch", "2020-01-01", pattern) is UNDEFINED


def test_a_year_too_far_away_for_a_long_is_undefined() -> None:
    assert apply("time_to_epoch", "+999999999-01-01", "uuuu-MM-dd") is UNDEFINED


@pytest.mark.parametrize("name", ["parse_time", "time_to_epoch"])
def test_a_pattern_that_is_too_long_is_refused(name: str) -> None:
    with pytest.raises(LimitError, match="1024"):
        apply(name, *(["y" * 1025, 0] if name == "parse_time" else ["2020", "y" * 1025]))


@pytest.mark.parametrize("name", ["parse_time", "time_to_epoch"])
def test_version_2016_has_it_first(name: str) -> None:
    found = find(name)
    assert found
    assert found.since is Version.V2016


def test_timestamp_is_the_time_at_hand() -> None:
    before = time.time_ns() // 1_000_000
    told = apply("timestamp")
    assert type(told) is int
    assert before <= told <= time.time_ns() // 1_000_000


def test_timestamp_is_the_time_that_is_given() -> None:
    found = find("timestamp")
    assert found
    assert found(Call(Version.V2016, "", Context(now_ms=1481825251155)), []) == 1481825251155


@settings(max_examples=300, deadline=timedelta(seconds=5))
@given(
    st.sampled_from(["parse_time", "time_to_epoch"]),
    PATTERNS | VALUES,
    PATTERNS | VALUES,
    st.lists(VALUES | st.sampled_from(["+18:00", "Europe/Paris", "PST"]), max_size=1),
)
def test_any_arguments_have_a_result(name: str, first: Value, second: Value, third: list[Value]) -> None:
    try:
        apply(name, first, second, *third)
    except LimitError as failure:
        assert "characters" in str(failure)  # noqa: PT017 - what else it raises fails the test
