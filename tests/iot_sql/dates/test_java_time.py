"""By https://docs.oracle.com/en/java/javase/11/docs/api/java.base/java/time/format/DateTimeFormatter.html"""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iot_sql.dates.java_time import to_epoch

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def milliseconds(text: str) -> int:
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("pattern", "text", "time"),
    [
        ("yyyy-MM-dd", "2020-02-29", "2020-02-29T00:00Z"),
        ("dd.MM.yy", "01.02.21", "2021-02-01T00:00Z"),
        ("d/M/uuuu", "1/2/2021", "2021-02-01T00:00Z"),
        ("d/M/uuuu", "11/12/2021", "2021-12-11T00:00Z"),
        ("yyyyMMddHHmmssSSS", "20210201130405678", "2021-02-01T13:04:05.678Z"),
        ("yyyy-MM-dd HH", "2021-02-01 13", "2021-02-01T13:00Z"),
        ("yyyy-MM-dd HH:mm", "2021-02-01 24:00", "2021-02-02T00:00Z"),
        ("yyyy-MM-dd kk:mm", "2021-02-01 24:30", "2021-02-01T00:30Z"),
        ("yyyy-MM-dd h:mm a", "2021-02-01 12:30 AM", "2021-02-01T00:30Z"),
        ("yyyy-MM-dd hh:mma", "2021-02-01 01:30PM", "2021-02-01T13:30Z"),
        ("yyyy-MM-dd K:mm a", "2021-02-01 0:30 PM", "2021-02-01T12:30Z"),
        ("yyyy-MM-dd HH:mm:ss.SSSSSSSSS", "2021-02-01 00:00:00.123456789", "2021-02-01T00:00:00.123Z"),
        ("yyyy-MM-dd HH:mm:ss n", "2021-02-01 00:00:00 5000000", "2021-02-01T00:00:00.005Z"),
        ("yyyy-MM-dd A", "2021-02-01 3600001", "2021-02-01T01:00:00.001Z"),
        ("yyyy-MM-dd N", "2021-02-01 3600001000000", "2021-02-01T01:00:00.001Z"),
        ("uuuu-DDD", "2021-032", "2021-02-01T00:00Z"),
        ("uuuu D", "2021 32", "2021-02-01T00:00Z"),
        ("g", "40588", "1970-01-02T00:00Z"),
        ("YYYY-'W'ww-e", "2021-W06-2", "2021-02-01T00:00Z"),
        ("EEE w YYYY", "Mon 6 2021", "2021-02-01T00:00Z"),
        ("EEEE, d. MMMM yyyy", "Monday, 1. February 2021", "2021-02-01T00:00Z"),
        ("d LLL yyyy", "1 Feb 2021", "2021-02-01T00:00Z"),
        ("yyyy-MM-dd QQQ", "2021-02-01 Q1", "2021-02-01T00:00Z"),
        ("yyyy-MM-dd QQQQ G", "2021-02-01 1st quarter AD", "2021-02-01T00:00Z"),
        ("yyyy-MM-dd GGGG", "2021-02-01 Anno Domini", "2021-02-01T00:00Z"),
        ("yyyy-MM-dd[ HH:mm]", "2021-02-01", "2021-02-01T00:00Z"),
        ("yyyy-MM-dd[ HH:mm[:ss]]", "2021-02-01 01:02:03", "2021-02-01T01:02:03Z"),
        ("yyyy-MM-dd[ HH:mm", "2021-02-01 01:02", "2021-02-01T01:02Z"),
        ("ppd.ppM.yyyy", " 1. 2.2021", "2021-02-01T00:00Z"),
        ("yyyy'-''-'MM'-'dd''", "2021-'-02-01'", "2021-02-01T00:00Z"),
    ],
)
def test_a_pattern_says_how_a_time_is_read(pattern: str, text: str, time: str) -> None:
    assert to_epoch(text, pattern) == milliseconds(time)


@pytest.mark.parametrize(
    ("pattern", "text", "offset"),
    [
        ("X", "Z", "+00:00"),
        ("X", "+01", "+01:00"),
        ("X", "+0130", "+01:30"),
        ("XX", "-0130", "-01:30"),
        ("XXX", "+01:30", "+01:30"),
        ("XXXX", "+013015", "+01:30:15"),
        ("XXXXX", "+01:30:15", "+01:30:15"),
        ("x", "+00", "+00:00"),
        ("xxx", "-08:00", "-08:00"),
        ("Z", "+0000", "+00:00"),
        ("Z", "-0800", "-08:00"),
        ("ZZZZ", "GMT-08:00", "-08:00"),
        ("ZZZZZ", "Z", "+00:00"),
        ("O", "GMT+8", "+08:00"),
        ("O", "GMT", "+00:00"),
        ("OOOO", "GMT+08:30", "+08:30"),
        ("VV", "Europe/Paris", "+01:00"),
        ("VV", "Etc/GMT+5", "-05:00"),
        ("VV", "GMT0", "+00:00"),
        ("VV", "UTC+01:30", "+01:30"),
        ("VV", "UT-01:30", "-01:30"),
        ("VV", "-01:30", "-01:30"),
        ("VV", "Z", "+00:00"),
        ("VV", "Zulu", "+00:00"),
        ("z", "PST", "-08:00"),
        ("z", "EST", "-05:00"),
        ("z", "UTC", "+00:00"),
        ("zzz", "America/Argentina/Buenos_Aires", "-03:00"),
        ("zzzz", "Central European Standard Time", "+01:00"),
        ("VV X", "Europe/Paris +05", "+05:00"),
    ],
)
def test_a_time_is_read_in_the_zone_it_names(pattern: str, text: str, offset: str) -> None:
    assert to_epoch(f"2021-02-01 12:00 {text}", f"yyyy-MM-dd HH:mm {pattern}") == milliseconds(
        f"2021-02-01T12:00{offset}"
    )


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("yyyy-MM-dd", "2021-02-01 "),
        ("yyyy-MM-dd", "2021-2-1"),
        ("yyyyMd", "2021111"),
        ("yyyy-MM-dd", "2021-02-32"),
        ("yyyy-MM-dd", "2021-13-01"),
        ("yyyy-MM-dd", "2021-00-01"),
        ("yyyy-MM-dd", "0000-01-01"),
        ("yyyy-MM-dd", "12021-02-01"),
        ("yyyy-MM-dd", "+2021-02-01"),
        ("yyyy-MM-dd", "\uff12021-02-01"),
        ("uuuu-DDD", "2021-366"),
        ("yyyy-MM-dd HH:mm", "2021-02-01 24:01"),
        ("yyyy-MM-dd HH:mm", "2021-02-01 25:00"),
        ("yyyy-MM-dd HH:mm:ss", "2021-02-01 23:59:60"),
        ("yyyy-MM-dd h:mm", "2021-02-01 1:00"),
        ("yyyy-MM-dd h:mm a", "2021-02-01 13:00 PM"),
        ("yyyy-MM-dd HH a", "2021-02-01 13 AM"),
        ("yyyy-MM-dd mm", "2021-02-01 30"),
        ("yyyy-MM-dd HH ss", "2021-02-01 01 30"),
        ("EEE yyyy-MM-dd", "Tue 2021-02-01"),
        ("yyyy-MM-dd Q", "2021-02-01 2"),
        ("yyyy-MM-dd yyyy", "2021-02-01 2022"),
        ("d MMM yyyy", "1 February 2021"),
        ("d MMM yyyy", "1 feb 2021"),
        ("yyyy", "2021"),
        ("yyyy-MM", "2021-02"),
        ("HH:mm", "12:00"),
        ("yyyy-MM-dd X", "2021-02-01 +19"),
        ("yyyy-MM-dd XXX", "2021-02-01 +0100"),
        ("yyyy-MM-dd VV", "2021-02-01 Mars/Olympus"),
        ("yyyy-MM-dd VV", "2021-02-01 PST"),
        ("yyyy-MM-dd VV", "2021-02-01 GMT+1"),
    ],
)
def test_a_text_that_does_not_fit_is_no_time(pattern: str, text: str) -> None:
    assert to_epoch(text, pattern) is None


@pytest.mark.parametrize(
    "pattern",
    ["dddd", "MMMMMM", "V", "VVV", "zzzzz", "aa", "b", "cc", "XXXXXX", "S" * 10, "'open", "]", "{", "#", "pp", "pp-"],
)
def test_what_java_refuses_is_no_pattern(pattern: str) -> None:
    assert to_epoch("2021-02-01", f"yyyy-MM-dd[{pattern}]" if pattern != "]" else "yyyy-MM-dd]") is None


def test_the_last_days_of_a_shorter_month_are_its_last() -> None:
    assert to_epoch("2021-02-31", "yyyy-MM-dd") == milliseconds("2021-02-28T00:00Z")


@pytest.mark.parametrize(
    ("local", "utc"),
    [("2021-03-28 02:30", "2021-03-28T01:30Z"), ("2021-10-31 02:30", "2021-10-31T00:30Z")],
    ids=["gap", "overlap"],
)
def test_a_time_that_the_clocks_skip_or_repeat_is_read_as_java_does(local: str, utc: str) -> None:
    assert to_epoch(f"{local} Europe/Paris", "yyyy-MM-dd HH:mm VV") == milliseconds(utc)


@pytest.mark.parametrize(
    ("pattern", "text", "days"),
    [
        ("uuuu-MM-dd", "0000-12-31", -719_163),
        ("uuuu-MM-dd", "-0001-01-01", -719_893),
        ("yyyy-MM-dd G", "0001-12-31 BC", -719_163),
        ("uuuu-MM-dd", "+10000-01-01", 2_932_897),
        ("uuuu-MM-dd", "+292278993-12-31", 106_751_990_938),
    ],
)
def test_years_beyond_four_digits_and_before_christ_are_read(pattern: str, text: str, days: int) -> None:
    assert to_epoch(text, pattern) == days * 86_400_000


@settings(deadline=timedelta(seconds=5))
@given(st.datetimes(min_value=datetime(1, 1, 1), max_value=datetime(9999, 12, 31)), st.integers(-18 * 60, 18 * 60))
def test_an_iso_time_is_the_one_that_python_knows(local: datetime, minutes: int) -> None:
    sign, rest = "-" if minutes < 0 else "+", abs(minutes)
    text = f"{local.isoformat(timespec='microseconds')}{sign}{rest // 60:02}:{rest % 60:02}"
    expected = (local.replace(tzinfo=UTC) - EPOCH - timedelta(minutes=minutes)) // timedelta(milliseconds=1)
    assert to_epoch(text, "uuuu-MM-dd'T'HH:mm:ss.SSSSSSxxx") == expected
