"""From the fields that were read to a time, as java.time's ResolverStyle.SMART has it.

https://docs.oracle.com/en/java/javase/11/docs/api/java.base/java/time/format/ResolverStyle.html
"""

from calendar import isleap, monthrange
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo

from iot_sql.dates.long_years import DAY_MS, EPOCH, known_year

_DAY_NS = DAY_MS * 1_000_000
_YEARS = 999_999_999
_TIME = "aKhHkmsSAN"
_RANGES = {
    "y": (1, _YEARS),
    "u": (-_YEARS, _YEARS),
    "Y": (-_YEARS, _YEARS),
    "M": (1, 12),
    "d": (1, 31),
    "D": (1, 366),
    "Q": (1, 4),
    "w": (1, 53),
    "E": (1, 7),
    "e": (1, 7),
    "g": (-(2**40), 2**40),
    "K": (0, 11),
    "h": (0, 12),
    "H": (0, 24),
    "k": (0, 24),
    "m": (0, 59),
    "s": (0, 59),
    "S": (0, 999_999_999),
    "A": (0, DAY_MS - 1),
    "N": (0, _DAY_NS - 1),
}
_JULIAN_EPOCH = 40_587


class UnresolvableError(ValueError):
    """The fields contradict each other, are out of range, or say no time."""


def epoch_milliseconds(fields: dict[str, int], zone: tzinfo | None) -> int:
    """The milliseconds from 1970 UTC to the time that *fields* say, which are by pattern letter. An ``offset`` counts
    more than *zone*; without either it is UTC.

    Raises:
        UnresolvableError: see there.
    """
    for name, value in fields.items():
        least, most = _RANGES.get(name, (value, value))
        _require(least <= value <= most)
    nanoseconds = _nanoseconds(fields)
    day, shift = _day(fields)
    time = datetime(day.year, day.month, day.day) + timedelta(microseconds=nanoseconds // 1000)
    if "offset" in fields:
        zone = timezone(timedelta(seconds=fields["offset"]))
    return shift + (time.replace(tzinfo=zone or UTC) - EPOCH) // timedelta(milliseconds=1)


def _require(condition: bool) -> None:
    if not condition:
        raise UnresolvableError


def _day(fields: dict[str, int]) -> tuple[date, int]:
    """The day in years that are known, and the milliseconds to add to it."""
    year = _year(fields)
    if "g" in fields:
        day, shift = _of_epoch_day(fields["g"] - _JULIAN_EPOCH)
        used = "g"
    elif year is not None and "M" in fields and "d" in fields:
        known, shift = known_year(year)
        day = date(known, fields["M"], min(fields["d"], monthrange(known, fields["M"])[1]))
        used = "Md"
    elif year is not None and "D" in fields:
        known, shift = known_year(year)
        _require(fields["D"] <= 365 + isleap(known))
        day = date(known, 1, 1) + timedelta(days=fields["D"] - 1)
        used = "D"
    else:
        day, shift = _of_week(fields)
        used = "Ywe"
    _cross_check(fields, day, used)
    return day, shift


def _year(fields: dict[str, int]) -> int | None:
    if "y" not in fields:
        return fields.get("u")
    year = 1 - fields["y"] if fields.get("G") == 0 else fields["y"]
    _require(fields.get("u", year) == year)
    return year


def _of_epoch_day(days: int) -> tuple[date, int]:
    cycles = days // 146_097
    return EPOCH.date() + timedelta(days=days - cycles * 146_097), cycles * 146_097 * DAY_MS


def _of_week(fields: dict[str, int]) -> tuple[date, int]:
    """Weeks as in the United States: from Sunday on, the first being that of 1 January."""
    day_of_week = fields.get("e", fields["E"] % 7 + 1 if "E" in fields else None)
    _require("Y" in fields and "w" in fields and day_of_week is not None)
    known, shift = known_year(fields["Y"])
    first = date(known, 1, 1)
    sunday = first - timedelta(days=first.isoweekday() % 7)
    return sunday + timedelta(weeks=fields["w"] - 1, days=(day_of_week or 1) - 1), shift


def _cross_check(fields: dict[str, int], day: date, used: str) -> None:
    said = {
        "M": day.month,
        "d": day.day,
        "D": day.timetuple().tm_yday,
        "Q": (day.month + 2) // 3,
        "E": day.isoweekday(),
        "e": day.isoweekday() % 7 + 1,
    }
    _require(all(fields.get(name, value) == value for name, value in said.items() if name not in used))


def _nanoseconds(fields: dict[str, int]) -> int:
    """Since midnight; 0 where there are no fields of a time, a whole day for 24:00."""
    given = {name: value for name, value in fields.items() if name in _TIME}
    if not given:
        return 0
    if "N" in given or "A" in given:
        return given.get("N", given.get("A", 0) * 1_000_000)
    hour = _hour(given)
    minute, second, rest = given.get("m"), given.get("s"), given.get("S")
    _require(not (minute is None and (second is not None or rest is not None)))
    _require(not (second is None and rest is not None))
    total = ((hour * 60 + (minute or 0)) * 60 + (second or 0)) * 1_000_000_000 + (rest or 0)
    _require(total <= _DAY_NS)
    return total


def _hour(given: dict[str, int]) -> int:
    of_half = given["h"] % 12 if "h" in given else given.get("K")
    if "H" in given:
        hour = given["H"]
    elif "k" in given:
        hour = given["k"] % 24
    else:
        _require("a" in given and of_half is not None)
        hour = given["a"] * 12 + (of_half or 0)
    _require(given.get("a", hour % 24 // 12) == hour % 24 // 12)
    _require(of_half is None or hour % 12 == of_half)
    return hour
