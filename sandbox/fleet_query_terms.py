"""What one term of a fleet indexing query says of one value: equal, like a pattern, in a range, or just there.

Search is case-insensitive and by whole words, which blanks separate.
https://docs.aws.amazon.com/iot/latest/developerguide/query-syntax.html
"""

from __future__ import annotations

import fnmatch
import operator
import re
from collections.abc import Callable

from sandbox.documents import Json

Test = Callable[[Json], bool]

_NUMBER = re.compile(r"-?[0-9]{1,300}(\.[0-9]{1,300})?")
_ESCAPED_OR_ONE = re.compile(r"\\?.", re.DOTALL)
_COMPARISONS: dict[str, Callable[[float | str, float | str], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)


def has_wildcard(text: str) -> bool:
    return any(part in ("*", "?") for part in _ESCAPED_OR_ONE.findall(text))


def exists(_value: Json) -> bool:
    return True


def equals(text: str) -> Test:
    """The value, or a run of its words."""
    words = f" {' '.join(text.casefold().split())} "
    number = _number(text)

    def test(value: Json) -> bool:
        if isinstance(value, bool):
            return words == f" {str(value).casefold()} "
        if isinstance(value, int | float):
            return value == number
        return isinstance(value, str) and words in f" {' '.join(value.casefold().split())} "

    return test


def like(text: str) -> Test:
    """A word of the value, with * for any characters and ? for one, where no backslash is before them."""
    parts = _ESCAPED_OR_ONE.findall(text.casefold())
    glob = "".join(part if part in ("*", "?") else _literal(part[-1]) for part in parts)
    matches = re.compile(fnmatch.translate(glob)).match
    return lambda value: isinstance(value, str) and any(matches(word) for word in value.casefold().split())


def compares(sign: str, text: str) -> Test:
    """As numbers where both are, as texts where both are."""
    compare, bound = _COMPARISONS[sign], _number(text)

    def test(value: Json) -> bool:
        number = value if isinstance(value, int | float) and not isinstance(value, bool) else None
        if number is None and isinstance(value, str):
            number = _number(value)
        if number is not None and bound is not None:
            return compare(number, bound)
        return isinstance(value, str) and bound is None and compare(value.casefold(), text.casefold())

    return test


def within(low: Test, high: Test) -> Test:
    return lambda value: low(value) and high(value)


def _literal(character: str) -> str:
    return f"[{character}]" if character in "*?[" else character


def _number(text: str) -> float | None:
    return float(text) if _NUMBER.fullmatch(text) else None
