"""By https://www.joda.org/joda-time/apidocs/org/joda/time/format/DateTimeFormat.html"""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iot_sql.dates.joda import format_time
from iot_sql.dates.zones import find_zone

FRIDAY = 1497028786123
"""9 June 2017, 17:19:46.123 UTC, in the 23rd week of the year."""


def written(pattern: str, milliseconds: int = FRIDAY, zone: str = "UTC") -> str | None:
    found = find_zone(zone)
    assert found
    return format_time(pattern, milliseconds, found)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("G GGGG", "AD AD"),
        ("C CCC", "20 020"),
        ("Y YY YYYYY", "2017 17 02017"),
        ("x xx xxxx", "2017 17 2017"),
        ("w www", "23 023"),
        ("e ee", "5 05"),
        ("E EEE EEEE", "Fri Fri Friday"),
        ("y yy yyy yyyyy", "2017 17 2017 02017"),
        ("D DDDD", "160 0160"),
        ("M MM MMM MMMM", "6 06 Jun June"),
        ("d dd", "9 09"),
        ("a", "PM"),
        ("K KK h hh", "5 05 5 05"),
        ("H k", "17 17"),
        ("m s", "19 46"),
        ("S SS SSS SSSSSS", "1 12 123 123000"),
        ("yyyy-MM-dd'T'HH:mm:ss.SSSZZ", "2017-06-09T17:19:46.123+00:00"),
        ("h 'o''clock' a", "5 o'clock PM"),
        ("''yy", "'17"),
        ("'open", "open"),
        ("é/1", "é/1"),
    ],
)
def test_a_pattern_says_how_a_time_is_written(pattern: str, text: str) -> None:
    assert written(pattern) == text


@pytest.mark.parametrize(
    ("pattern", "midnight", "noon"),
    [("H", "0", "12"), ("k", "24", "12"), ("K", "0", "0"), ("h", "12", "12"), ("a", "AM", "PM")],
)
def test_the_hours_count_from_where_their_letter_says(pattern: str, midnight: str, noon: str) -> None:
    assert (written(pattern, 0), written(pattern, 12 * 3_600_000)) == (midnight, noon)


@pytest.mark.parametrize(
    ("zone", "pattern", "text"),
    [
        ("UTC", "z zzzz Z ZZ ZZZ", "UTC Coordinated Universal Time +0000 +00:00 UTC"),
        ("America/Los_Angeles", "z zzzz Z ZZ ZZZ", "PDT Pacific Daylight Time -0700 -07:00 America/Los_Angeles"),
        ("Europe/London", "z zzzz", "BST British Summer Time"),
        ("Asia/Shanghai", "z zzzz", "CST China Standard Time"),
        ("Asia/Kolkata", "z Z", "IST +0530"),
        ("America/Sao_Paulo", "z zzzz", "-03:00 -03:00"),
        ("+01:30", "z zzzz Z ZZ ZZZ", "+01:30 +01:30 +0130 +01:30 +01:30"),
        ("-01:30:15", "z Z", "-01:30:15 -0130"),
        ("GMT+1", "HH ZZ ZZZ", "18 +01:00 +01:00"),
        ("UTC-0330", "HH:mm ZZ", "13:49 -03:30"),
        ("+00:00", "ZZZ", "UTC"),
        ("EST", "z HH", "EST 12"),
        ("PST", "HH ZZZ", "10 America/Los_Angeles"),
    ],
)
def test_a_time_is_written_in_its_zone(zone: str, pattern: str, text: str) -> None:
    assert written(pattern, FRIDAY, zone) == text


@pytest.mark.parametrize(
    "zone", ["", "utc", "Mars/Olympus", "+24:00", "+1:99", "GMT+", "../UTC", "America", "+01:30:99"]
)
def test_other_names_are_no_zones(zone: str) -> None:
    assert find_zone(zone) is None


@pytest.mark.parametrize("pattern", ["", "b", "F", "W", "u", "yyyy-MM-dd T"])
def test_other_letters_are_no_pattern(pattern: str) -> None:
    assert written(pattern) is None


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (-62135596800000, "AD 0001 0001-01-01 Mon"),
        (-62135596800001, "BC 0000 0000-12-31 Sun"),
        (-62198755200000, "BC -0001 0001-01-01 Fri"),
        (253402300800000, "AD 10000 10000-01-01 Sat"),
        (2**63 - 1, "AD 292278994 292278994-08-17 Sun"),
        (-(2**63), "BC -292275055 292275055-05-16 Sun"),
    ],
)
def test_every_year_of_a_long_can_be_written(milliseconds: int, text: str) -> None:
    assert written("G yyyy YYYY-MM-dd E", milliseconds) == text


@settings(deadline=timedelta(seconds=5))
@given(st.datetimes(min_value=datetime(1, 1, 1), max_value=datetime(9999, 12, 31)))
def test_a_date_is_the_one_that_python_knows(local: datetime) -> None:
    time = local.replace(microsecond=local.microsecond // 1000 * 1000, tzinfo=UTC)
    milliseconds = round((time - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000)
    week = time.isocalendar()
    assert written("yyyy-MM-dd'T'HH:mm:ss.SSS", milliseconds) == time.isoformat(timespec="milliseconds")[:-6]
    assert written("xxxx w e D", milliseconds) == f"{week.year:04} {week.week} {week.weekday} {time:%-j}"
