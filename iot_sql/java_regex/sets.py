"""Sets of characters ``[...]`` of Java's regular expressions, as sets of the ``regex`` package.

https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/util/regex/Pattern.html
"""

import re
import string

from iot_sql import limits
from iot_sql.errors import LimitError
from iot_sql.java_regex import classes
from iot_sql.java_regex.reader import InvalidPattern, Reader

_ALPHABETS = (string.ascii_lowercase, string.ascii_uppercase)
_PREDEFINED = frozenset("dDhHsSvVwW")
_PROPERTY = re.compile(r"\{([^}]+)\}|[^{]")


def read_set(reader: Reader, depth: int = 0) -> str:
    """The set of which the opening bracket has been passed."""
    if depth > limits.DEPTH:
        raise LimitError(f"a regular expression nested in more than {limits.DEPTH} levels")
    negated = reader.accept("^")
    inside = _read_intersection(reader, depth)
    reader.expect("]")
    return f"[^{inside}]" if negated else f"[{inside}]"


def read_class(reader: Reader, letter: str) -> str | None:
    """The items of the class that an escape names, whose *letter* has been passed; None where it names none."""
    if letter in _PREDEFINED:
        return classes.predefined(letter, "U" in reader.flags)
    if letter not in ("p", "P"):
        return None
    items = classes.named(reader.wanted(_PROPERTY), "U" in reader.flags)
    if items is None:
        raise InvalidPattern("unknown property")
    return f"[^{items}]" if letter == "P" else items


def item(first: str, last: str, flags: frozenset[str]) -> str:
    """The characters from *first* to *last*; where case is ignored, in ASCII, the other case of each letter too."""
    items = [_range(first, last)]
    if "i" in flags:
        for letters, others in zip(_ALPHABETS, reversed(_ALPHABETS), strict=True):
            low, high = max(first, letters[0]), min(last, letters[-1])
            if low <= high:
                items.append(_range(others[letters.index(low)], others[letters.index(high)]))
    return "".join(items)


def literal(character: str) -> str:
    """*character* as it can be written anywhere."""
    if character.isascii() and character.isalnum():
        return character
    return f"\\U{ord(character):08x}"


def _range(first: str, last: str) -> str:
    return literal(first) if first == last else f"{literal(first)}-{literal(last)}"


def _read_intersection(reader: Reader, depth: int) -> str:
    unions = [_read_union(reader, depth, first=True)]
    while reader.accept("&&"):
        unions.append(_read_union(reader, depth, first=False))
    filled = [union for union in unions if union]
    if not filled:
        raise InvalidPattern("empty set")
    return filled[0] if len(filled) == 1 else "&&".join(f"[{union}]" for union in filled)


def _read_union(reader: Reader, depth: int, *, first: bool) -> str:
    items: list[str] = []
    while reader.peek() != "]" or (first and not items):
        if reader.text.startswith("&&", reader.at):
            break
        if reader.accept("["):
            items.append(read_set(reader, depth + 1))
        else:
            items.append(_read_item(reader))
    return "".join(items)


def _read_item(reader: Reader) -> str:
    character = reader.take()
    if character == "\\":
        letter = reader.raw()
        named = read_class(reader, letter)
        if named is not None:
            return named
        character = reader.escaped(letter)
    if not character:
        raise InvalidPattern("unclosed set")
    last = character
    if reader.peek() == "-" and reader.text[reader.at + 1 : reader.at + 2] not in ("[", "]", ""):
        reader.take()
        last = reader.take()
        if last == "\\":
            last = reader.escaped(reader.raw())
        if last < character:
            raise InvalidPattern("range in the wrong order")
    return item(character, last, reader.flags)
