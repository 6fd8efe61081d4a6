"""Formatting by the pattern letters of Joda-Time's DateTimeFormat, in English.

https://www.joda.org/joda-time/apidocs/org/joda/time/format/DateTimeFormat.html
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from iot_sql.dates import english
from iot_sql.dates.long_years import moment
from iot_sql.dates.zones import Zone, offset_parts


@dataclass(frozen=True, slots=True)
class _Time:
    """``local`` is the time in its zone, ``years`` what is to be added to its year."""

    local: datetime
    years: int
    zone: Zone

    @property
    def year(self) -> int:
        return self.local.year + self.years

    @property
    def week_year(self) -> int:
        return self.local.isocalendar().year + self.years


def format_time(pattern: str, milliseconds: int, zone: Zone) -> str | None:
    """The time *milliseconds* after 1970 UTC; None where *pattern* is not one.

    Examples:
        >>> format_time("yyyy-MM-dd", 0, Zone("UTC", UTC))
        '1970-01-01'
    """
    if not pattern:
        return None
    universal, years = moment(milliseconds)
    time = _Time(universal.astimezone(zone.info), years, zone)
    texts = []
    for letter, written in _tokens(pattern):
        if letter is None:
            texts.append(written)
        elif letter in _LETTERS:
            texts.append(_LETTERS[letter](time, len(written)))
        else:
            return None
    return "".join(texts)


def _tokens(pattern: str) -> Iterator[tuple[str | None, str]]:
    """Each run of one letter with that letter, and each stretch of literal text with None."""
    position = 0
    while position < len(pattern):
        start, letter = position, pattern[position]
        if _is_letter(letter):
            while position < len(pattern) and pattern[position] == letter:
                position += 1
            yield letter, pattern[start:position]
        else:
            position, text = _literal(pattern, position)
            yield None, text


def _literal(pattern: str, position: int) -> tuple[int, str]:
    quoted, text = False, []
    while position < len(pattern) and (quoted or not _is_letter(pattern[position])):
        if pattern.startswith("''", position):
            text.append("'")
            position += 1
        elif pattern[position] == "'":
            quoted = not quoted
        else:
            text.append(pattern[position])
        position += 1
    return position, "".join(text)


def _is_letter(character: str) -> bool:
    return character.isascii() and character.isalpha()


def _padded(number: int, width: int) -> str:
    return f"{'-' if number < 0 else ''}{str(abs(number)).rjust(width, '0')}"


def _year(number: int, width: int) -> str:
    return _padded(abs(number) % 100, 2) if width == 2 else _padded(number, width)


def _number(value: Callable[[datetime], int]) -> Callable[[_Time, int], str]:
    return lambda time, width: _padded(value(time.local), width)


def _text(
    names: tuple[str, ...], short: tuple[str, ...], index: Callable[[datetime], int]
) -> Callable[[_Time, int], str]:
    return lambda time, width: (names if width >= 4 else short)[index(time.local)]


def _month(time: _Time, width: int) -> str:
    return _padded(time.local.month, width) if width <= 2 else _MONTH_NAME(time, width)


def _fraction(time: _Time, width: int) -> str:
    """Of a second, cut off after *width* digits."""
    return f"{time.local.microsecond // 1000:03}".ljust(width, "0")[:width]


def _offset(time: _Time, width: int) -> str:
    if width >= 3:
        return time.zone.id
    hours, minutes, _ = offset_parts(time.local)
    return f"{hours}:{minutes}" if width == 2 else hours + minutes


def _zone_name(time: _Time, width: int) -> str:
    return time.zone.long_name(time.local) if width >= 4 else time.zone.short_name(time.local)


_MONTH_NAME = _text(english.MONTHS, english.short(english.MONTHS), lambda local: local.month - 1)

_LETTERS: dict[str, Callable[[_Time, int], str]] = {
    "G": lambda time, _: english.ERAS[time.year > 0],
    "C": lambda time, width: _padded(abs(time.year) // 100, width),
    "Y": lambda time, width: _year(abs(time.year), width),
    "x": lambda time, width: _year(time.week_year, width),
    "w": _number(lambda local: local.isocalendar().week),
    "e": _number(lambda local: local.isoweekday()),
    "E": _text(english.DAYS, english.short(english.DAYS), lambda local: local.weekday()),
    "y": lambda time, width: _year(time.year, width),
    "D": _number(lambda local: local.timetuple().tm_yday),
    "M": _month,
    "d": _number(lambda local: local.day),
    "a": lambda time, _: english.HALVES[time.local.hour // 12],
    "K": _number(lambda local: local.hour % 12),
    "h": _number(lambda local: local.hour % 12 or 12),
    "H": _number(lambda local: local.hour),
    "k": _number(lambda local: local.hour or 24),
    "m": _number(lambda local: local.minute),
    "s": _number(lambda local: local.second),
    "S": _fraction,
    "z": _zone_name,
    "Z": _offset,
}
