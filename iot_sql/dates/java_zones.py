"""The elements of a java.time pattern that read zones and offsets.

https://docs.oracle.com/en/java/javase/11/docs/api/java.base/java/time/format/DateTimeFormatterBuilder.html
"""

import re
from dataclasses import dataclass
from datetime import UTC, timedelta, timezone
from zoneinfo import ZoneInfo

from iot_sql.dates.java_elements import MismatchError, Parsed
from iot_sql.dates.zone_names import NAMES
from iot_sql.dates.zones import region_ids

_ID = re.compile(r"[A-Za-z0-9/_+-]{1,64}")
_PREFIX = re.compile(r"UTC|UT|GMT0|GMT|")
_UNKNOWN_TO_JAVA = frozenset({"EST", "HST", "MST", "ROC"})
_HOURS = 18

OFFSET_FORMS = {
    "+HHmm": r"([+-])(\d\d)(?:(\d\d))?()",
    "+HHMM": r"([+-])(\d\d)(\d\d)()",
    "+HH:MM": r"([+-])(\d\d):(\d\d)()",
    "+HHMMss": r"([+-])(\d\d)(\d\d)(\d\d)?",
    "+HH:MM:ss": r"([+-])(\d\d):(\d\d)(?::(\d\d))?",
    "+H:mm:ss": r"([+-])(\d\d?)(?::(\d\d)(?::(\d\d))?)?",
}
_PATTERNS = {form: re.compile(pattern, re.ASCII) for form, pattern in OFFSET_FORMS.items()}


@dataclass(frozen=True, slots=True)
class Offset:
    """An offset of *form*, or *zero*, which says that there is none; after *prefix*, which alone says so too."""

    form: str
    zero: str
    prefix: str = ""

    def read(self, parsed: Parsed, position: int) -> int:
        position = parsed.expect(self.prefix, position)
        found = _PATTERNS[self.form].match(parsed.text, position)
        if found:
            parsed.store("offset", _seconds(found))
            return found.end()
        end = position if self.prefix else parsed.expect(self.zero, position)
        parsed.store("offset", 0)
        return end


@dataclass(frozen=True, slots=True)
class ZoneName:
    """A zone's id, ``UTC+01:00``, or one of *names*."""

    names: tuple[tuple[str, str], ...] = ()

    def read(self, parsed: Parsed, position: int) -> int:
        prefix = _PREFIX.match(parsed.text, position)
        assert prefix  # noqa: S101 - it matches nothing, too
        if prefix[0] or parsed.text.startswith(("+", "-"), position):
            return _read_offset(parsed, prefix.end(), needed=not prefix[0])
        found = _ID.match(parsed.text, position)
        best = next((name for name in _beginnings(found[0] if found else "") if _is_region(name)), "")
        region = best
        for text, meant in self.names:
            if len(text) >= len(best) and parsed.text.startswith(text, position):
                best, region = text, meant
        if best:
            parsed.zone = ZoneInfo(region)
        elif parsed.text.startswith("Z", position):
            best, parsed.zone = "Z", UTC
        else:
            raise MismatchError
        return position + len(best)


def _is_region(name: str) -> bool:
    return name in region_ids() and name not in _UNKNOWN_TO_JAVA


def _beginnings(text: str) -> list[str]:
    return [text[:length] for length in range(len(text), 0, -1)]


def _read_offset(parsed: Parsed, position: int, *, needed: bool) -> int:
    found = _PATTERNS["+HH:MM:ss"].match(parsed.text, position)
    if needed and not found:
        raise MismatchError
    parsed.zone = timezone(timedelta(seconds=_seconds(found))) if found else UTC
    return found.end() if found else position


def _seconds(found: re.Match[str]) -> int:
    hours, minutes, seconds = (int(part or 0) for part in found.group(2, 3, 4))
    total = hours * 3600 + minutes * 60 + seconds
    if minutes > 59 or seconds > 59 or total > _HOURS * 3600:
        raise MismatchError
    return -total if found[1] == "-" else total


SHORT_NAMES = tuple((short, region) for short, _, region in NAMES)
LONG_NAMES = tuple((long, region) for _, long, region in NAMES)
