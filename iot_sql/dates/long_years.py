"""Times in years that ``datetime`` does not know. The calendar repeats every 400 years, days of the week included."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY_MS = 86_400_000
CYCLE_YEARS = 400
CYCLE_MS = 146_097 * DAY_MS

# A year is left on either side for what a time zone's offset adds or takes.
_FIRST_YEAR, _END_YEAR = 2, 9999
_FIRST_MS = (datetime(_FIRST_YEAR, 1, 1, tzinfo=UTC) - EPOCH) // timedelta(milliseconds=1)
_END_MS = (datetime(_END_YEAR, 1, 1, tzinfo=UTC) - EPOCH) // timedelta(milliseconds=1)


def moment(milliseconds: int) -> tuple[datetime, int]:
    """The time *milliseconds* after 1970 UTC as a time that datetime knows, and the years to add to it."""
    cycles = _cycles(milliseconds, _FIRST_MS, _END_MS, CYCLE_MS)
    return EPOCH + timedelta(milliseconds=milliseconds - cycles * CYCLE_MS), cycles * CYCLE_YEARS


def known_year(year: int) -> tuple[int, int]:
    """A year like *year* that datetime knows, and the milliseconds to add to a time in it."""
    cycles = _cycles(year, _FIRST_YEAR, _END_YEAR, CYCLE_YEARS)
    return year - cycles * CYCLE_YEARS, cycles * CYCLE_MS


def _cycles(value: int, first: int, end: int, cycle: int) -> int:
    if value < first:
        return (value - first) // cycle
    return -((end - 1 - value) // cycle) if value >= end else 0
