"""Time zones by the names that Joda-Time and java.time know them by.

https://www.joda.org/joda-time/timezones.html
https://docs.oracle.com/en/java/javase/11/docs/api/java.base/java/time/ZoneId.html
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from iot_sql.dates.zone_names import LONG_NAMES, SHORT_IDS

_OFFSET_ID = re.compile(r"(UTC|GMT|UT|)([+-])([0-9]{1,2})(?::?([0-9]{2})(?::?([0-9]{2}))?)?")
_ID_CHARACTERS = 64
_HOURS = 23


@dataclass(frozen=True, slots=True)
class Zone:
    """``id``: as it is printed where the id is asked for."""

    id: str
    info: tzinfo

    def short_name(self, at: datetime) -> str:
        """``PST``, or the offset where there is no such name."""
        if isinstance(self.info, timezone):
            return self.id
        name = at.tzname() or ""
        return name if name.isalpha() and name != "LMT" else offset_text(at)

    def long_name(self, at: datetime) -> str:
        """``Pacific Standard Time``, or the short name where no longer one is known."""
        short = self.short_name(at)
        region = self.id.partition("/")[0]
        return LONG_NAMES.get(f"{region}/{short}", LONG_NAMES.get(short, short))


@lru_cache(maxsize=1)
def region_ids() -> frozenset[str]:
    """The ids of the time zone database."""
    return frozenset(files("tzdata").joinpath("zones").read_text(encoding="utf-8").split())


def find_zone(name: str) -> Zone | None:
    """The zone of that id: ``America/Los_Angeles``, ``UTC``, ``+01:00``, ``GMT+1``, ``PST``. None if there is none."""
    if len(name) > _ID_CHARACTERS:
        return None
    if name in ("UTC", "UT", "Z"):
        return Zone("UTC", UTC)
    if name in region_ids():
        return Zone(name, ZoneInfo(name))
    if name in SHORT_IDS:
        return Zone(SHORT_IDS[name], ZoneInfo(SHORT_IDS[name]))
    found = _OFFSET_ID.fullmatch(name)
    return _fixed(found[2], *(int(part or 0) for part in found.group(3, 4, 5))) if found else None


def _fixed(sign: str, hours: int, minutes: int, seconds: int) -> Zone | None:
    if hours > _HOURS or minutes > 59 or seconds > 59:
        return None
    offset = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    info = timezone(-offset if sign == "-" else offset)
    return Zone(offset_text(datetime(2000, 1, 1, tzinfo=info)), info) if offset else Zone("UTC", UTC)


def offset_text(at: datetime) -> str:
    """``+01:00``, with seconds where there are any."""
    hours, minutes, seconds = offset_parts(at)
    return f"{hours}:{minutes}:{seconds}" if seconds != "00" else f"{hours}:{minutes}"


def offset_parts(at: datetime) -> tuple[str, str, str]:
    """``("+01", "30", "00")``."""
    seconds = round((at.utcoffset() or timedelta()).total_seconds())
    minutes, rest = divmod(abs(seconds), 60)
    return f"{'-' if seconds < 0 else '+'}{minutes // 60:02}", f"{minutes % 60:02}", f"{rest:02}"
