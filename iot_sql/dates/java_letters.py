"""What each letter of a java.time pattern reads.

https://docs.oracle.com/en/java/javase/11/docs/api/java.base/java/time/format/DateTimeFormatterBuilder.html
"""

from iot_sql.dates import english
from iot_sql.dates.java_elements import Element, Number, Sign, Text
from iot_sql.dates.java_zones import LONG_NAMES, SHORT_NAMES, Offset, ZoneName

_CENTURY = 2000
_NANOSECOND_DIGITS = 9

_ALIASES = {"L": "M", "q": "Q", "c": "e"}
_TEXTS = {
    "M": (english.short(english.MONTHS), english.MONTHS),
    "Q": (english.QUARTERS, english.LONG_QUARTERS),
    "E": (english.short(english.DAYS), english.DAYS),
}
_OFFSETS = {
    "X": ("+HHmm", "+HHMM", "+HH:MM", "+HHMMss", "+HH:MM:ss"),
    "x": ("+HHmm", "+HHMM", "+HH:MM", "+HHMMss", "+HH:MM:ss"),
}
_SIMPLE: dict[tuple[str, int], Element] = {
    ("O", 1): Offset("+H:mm:ss", "", prefix="GMT"),
    ("O", 4): Offset("+HH:MM:ss", "", prefix="GMT"),
    ("Z", 1): Offset("+HHMM", "+0000"),
    ("Z", 2): Offset("+HHMM", "+0000"),
    ("Z", 3): Offset("+HHMM", "+0000"),
    ("Z", 4): Offset("+HH:MM:ss", "", prefix="GMT"),
    ("Z", 5): Offset("+HH:MM:ss", "Z"),
    ("V", 2): ZoneName(),
    ("z", 1): ZoneName(SHORT_NAMES),
    ("z", 2): ZoneName(SHORT_NAMES),
    ("z", 3): ZoneName(SHORT_NAMES),
    ("z", 4): ZoneName(LONG_NAMES),
    ("a", 1): Text("a", english.HALVES, 0),
    ("G", 1): Text("G", english.ERAS, 0),
    ("G", 2): Text("G", english.ERAS, 0),
    ("G", 3): Text("G", english.ERAS, 0),
    ("G", 4): Text("G", english.LONG_ERAS, 0),
    ("G", 5): Text("G", ("B", "A"), 0),
}


def element(letter: str, count: int) -> Element | None:
    """What *count* times *letter* reads; None where that says nothing."""
    if (letter, count) in _SIMPLE:
        return _SIMPLE[letter, count]
    name = _ALIASES.get(letter, letter)
    if letter in _OFFSETS and count <= len(_OFFSETS[letter]):
        zero = "Z" if letter == "X" else ("+00", "+0000", "+00:00", "+0000", "+00:00")[count - 1]
        return Offset(_OFFSETS[letter][count - 1], zero)
    if name in "yuY":
        return _year(name, count)
    if name in "MQeE":
        return _named(name, letter, count)
    return _number(letter, count)


def _year(name: str, count: int) -> Number:
    if count == 2:
        return Number(name, 2, 2, Sign.NONE, base=_CENTURY)
    return Number(name, count, 19, Sign.PLUS_WHERE_LONG if count >= 4 else Sign.NEGATIVE_ONLY)


def _named(name: str, letter: str, count: int) -> Element | None:
    if letter == "c" and count == 2:
        return None
    if name in "EMQe" and (name == "E" or count >= 3):
        if count > 5:
            return None
        if count == 5:
            return Number("E" if name == "e" else name)
        short, long = _TEXTS["E" if name == "e" else name]
        return Text("E" if name == "e" else name, long if count == 4 else short, 1)
    return _fixed(name, count)


def _fixed(name: str, count: int) -> Number:
    return Number(name) if count == 1 else Number(name, count, count, Sign.NONE)


def _number(letter: str, count: int) -> Number | None:
    if letter == "S":
        return Number("S", count, count, Sign.NONE, fraction=True) if count <= _NANOSECOND_DIGITS else None
    if letter in "ANn" and count <= 19:
        return Number("S" if letter == "n" else letter, count, 19, Sign.NONE)
    if letter == "g" and count <= 19:
        return Number(letter, count, 19)
    if letter == "D" and count in (2, 3):
        return Number(letter, count, 3, Sign.NONE)
    longest = {"D": 1}.get(letter, 2)
    return _fixed(letter, count) if letter in "dDhHkKmsw" and count <= longest else None
