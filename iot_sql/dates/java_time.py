"""Parsing by the pattern letters of java.time's DateTimeFormatter, in English (US), with its resolver style SMART.

Patterns with ``F``, ``v`` or ``W``, which say no time, are refused.
https://docs.oracle.com/en/java/javase/11/docs/api/java.base/java/time/format/DateTimeFormatter.html
"""

from collections.abc import Iterator

from iot_sql.dates.java_elements import Element, Literal, MismatchError, Number, Padded, Parsed, Section
from iot_sql.dates.java_fields import UnresolvableError, epoch_milliseconds
from iot_sql.dates.java_letters import element

_NESTED = 16


class IllegalPatternError(ValueError):
    """The text is not a pattern."""


def to_epoch(text: str, pattern: str) -> int | None:
    """The milliseconds from 1970 UTC to the time that *text* says; None where it does not fit *pattern*, where that is
    not a pattern, or where it leaves the day open. A day alone is its midnight.

    Examples:
        >>> to_epoch("18 December 2015", "dd MMMM yyyy")
        1450396800000
    """
    parsed = Parsed(text)
    try:
        position = 0
        for one in _elements(pattern):
            position = one.read(parsed, position)
        return epoch_milliseconds(parsed.fields, parsed.zone) if position == len(text) else None
    except (IllegalPatternError, MismatchError, UnresolvableError):
        return None


def _elements(pattern: str) -> list[Element]:
    sections: list[list[Element]] = [[]]
    adjacent: int | None = None
    padding = 0
    for token in _tokens(pattern):
        letter, is_letter = token[0], _is_letter(token[0])
        if letter in "#{}" or (padding and (not is_letter or letter == "p")) or len(sections) > _NESTED:
            raise IllegalPatternError
        if letter == "p":
            padding = len(token)
        elif is_letter:
            read = element(letter, len(token))
            if read is None:
                raise IllegalPatternError
            adjacent = _append(sections[-1], read if not padding else Padded(read, padding), adjacent)
            padding = 0
        else:
            adjacent = None
            _append_text(sections, token)
    if padding:
        raise IllegalPatternError
    while len(sections) > 1:
        _append_text(sections, "]")
    return sections[0]


def _append(elements: list[Element], new: Element, adjacent: int | None) -> int | None:
    """Append *new*. Of numbers without anything between them, the first leaves to the others the digits they need:
    *adjacent*, and what is returned, is its place.
    """
    first = elements[adjacent] if adjacent is not None else None
    elements.append(new)
    if not isinstance(new, Number):
        return None
    if adjacent is not None and isinstance(first, Number) and new.fixed:
        elements[adjacent] = first.reserving(new.most)
        return adjacent
    return len(elements) - 1


def _append_text(sections: list[list[Element]], text: str) -> None:
    if text == "[":
        sections.append([])
    elif text == "]":
        if len(sections) == 1:
            raise IllegalPatternError
        section = Section(tuple(sections.pop()))
        sections[-1].append(section)
    else:
        sections[-1].append(Literal(text.removeprefix("'")))


def _is_letter(character: str) -> bool:
    return character.isascii() and character.isalpha()


def _tokens(pattern: str) -> Iterator[str]:
    """Runs of one letter, quoted texts after a quote, and single characters."""
    position = 0
    while position < len(pattern):
        start, character = position, pattern[position]
        position += 1
        if _is_letter(character):
            while position < len(pattern) and pattern[position] == character:
                position += 1
            yield pattern[start:position]
        elif character == "'":
            position = _closing_quote(pattern, position) + 1
            yield "'" + (pattern[start + 1 : position - 1].replace("''", "'") or "'")
        else:
            yield character


def _closing_quote(pattern: str, position: int) -> int:
    while (end := pattern.find("'", position)) >= 0:
        if not pattern.startswith("''", end):
            return end
        position = end + 2
    raise IllegalPatternError
