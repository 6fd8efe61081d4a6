"""What a java.time pattern is made of: elements that each read their part of a text.

https://docs.oracle.com/en/java/javase/11/docs/api/java.base/java/time/format/DateTimeFormatterBuilder.html
"""

from dataclasses import dataclass, field, replace
from datetime import tzinfo
from enum import Enum
from typing import Protocol


class MismatchError(ValueError):
    """The text is not what the pattern asks for."""


@dataclass(slots=True)
class Parsed:
    """``fields``: what was read, by pattern letter, and ``offset`` in seconds. ``S`` is in nanoseconds."""

    text: str
    fields: dict[str, int] = field(default_factory=dict)
    zone: tzinfo | None = None

    def store(self, name: str, value: int) -> None:
        if self.fields.setdefault(name, value) != value:
            raise MismatchError

    def expect(self, text: str, position: int) -> int:
        if not self.text.startswith(text, position):
            raise MismatchError
        return position + len(text)


class Element(Protocol):
    def read(self, parsed: Parsed, position: int) -> int:
        """The position after what was read at *position*. Raises MismatchError."""
        ...


class Sign(Enum):
    """Which signs a number may have."""

    NEGATIVE_ONLY = "a minus"
    NONE = "none"
    PLUS_WHERE_LONG = "a minus, and a plus just where there are more digits than the pattern shows"


@dataclass(frozen=True, slots=True)
class Number:
    """A number of *least* to *most* digits, less the *reserved* ones that belong to the numbers right after it. To
    *base* a number of two digits is added; a *fraction* is scaled to nanoseconds.
    """

    name: str
    least: int = 1
    most: int = 19
    sign: Sign = Sign.NEGATIVE_ONLY
    base: int = 0
    fraction: bool = False
    reserved: int = 0

    @property
    def fixed(self) -> bool:
        return self.least == self.most and self.sign is Sign.NONE

    def reserving(self, digits: int) -> "Number":
        return replace(self, reserved=self.reserved + digits)

    def read(self, parsed: Parsed, position: int) -> int:
        sign = parsed.text[position : position + 1]
        allowed = {Sign.NONE: "", Sign.NEGATIVE_ONLY: "-", Sign.PLUS_WHERE_LONG: "+-"}[self.sign]
        start = position + 1 if sign and sign in allowed else position
        end = start
        while end < min(len(parsed.text), start + self.most + self.reserved) and parsed.text[end] in "0123456789":
            end += 1
        if self.reserved:
            end = start + max(self.least, end - start - self.reserved) if end - start >= self.least else start
        digits = parsed.text[start:end]
        if len(digits) < self.least or not self._sign_fits(sign if start > position else "", digits):
            raise MismatchError
        value = int(digits) * 10 ** (9 - len(digits)) if self.fraction else int(digits) + self.base
        parsed.store(self.name, -value if start > position and sign == "-" else value)
        return end

    def _sign_fits(self, sign: str, digits: str) -> bool:
        if sign == "-":
            return int(digits) != 0
        return self.sign is not Sign.PLUS_WHERE_LONG or (len(digits) > self.least) == (sign == "+")


@dataclass(frozen=True, slots=True)
class Text:
    """One of *texts*, the first of which means *first*."""

    name: str
    texts: tuple[str, ...]
    first: int

    def read(self, parsed: Parsed, position: int) -> int:
        for value, text in enumerate(self.texts, self.first):
            if parsed.text.startswith(text, position):
                parsed.store(self.name, value)
                return position + len(text)
        raise MismatchError


@dataclass(frozen=True, slots=True)
class Literal:
    text: str

    def read(self, parsed: Parsed, position: int) -> int:
        return parsed.expect(self.text, position)


@dataclass(frozen=True, slots=True)
class Section:
    """An optional part, in square brackets."""

    elements: tuple[Element, ...]

    def read(self, parsed: Parsed, position: int) -> int:
        fields, zone, end = dict(parsed.fields), parsed.zone, position
        try:
            for element in self.elements:
                end = element.read(parsed, end)
        except MismatchError:
            parsed.fields, parsed.zone = fields, zone
            return position
        return end


@dataclass(frozen=True, slots=True)
class Padded:
    """An element with spaces before it, *width* characters together."""

    element: Element
    width: int

    def read(self, parsed: Parsed, position: int) -> int:
        end = position + self.width
        if end > len(parsed.text):
            raise MismatchError
        while position < end and parsed.text[position] == " ":
            position += 1
        within = Parsed(parsed.text[:end], parsed.fields, parsed.zone)
        if self.element.read(within, position) != end:
            raise MismatchError
        parsed.zone = within.zone
        return end
