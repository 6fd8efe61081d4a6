"""Java's regular expressions, written anew in the syntax of the ``regex`` package.

Where the two differ in what the same text means (``$``, ``.``, ``\\s``, ``{``, classes, flags), the meaning of Java is
spelled out. What Java refuses raises InvalidPattern.

https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/util/regex/Pattern.html
"""

import re

from iot_sql import limits
from iot_sql.errors import LimitError
from iot_sql.java_regex import positions
from iot_sql.java_regex.reader import InvalidPattern, Reader
from iot_sql.java_regex.sets import item, literal, read_class, read_set

_NEVER = "(?!)"

_REPETITION = re.compile(r"([?*+])|\{([0-9]+)(?:(,)([0-9]*))?\}")
_CAPTURE = re.compile(r"\?<([a-zA-Z][a-zA-Z0-9]*)>")
_OTHER_GROUP = re.compile(r"\?(?:[:=!>]|<[=!])")
_FLAGS = re.compile(r"\?([dimsuxU]*)(?:-([dimsuxU]*))?([:)])")
_NAME = re.compile(r"<([a-zA-Z][a-zA-Z0-9]*)>")
_DIGITS = "0123456789"
_LARGEST_COUNT = 2**31 - 1

_RUN = 64
"""``regex`` makes one string of characters that follow each other, and a table of it, which takes a minute for four
thousand equal ones and heeds no time-out. Now and then one is therefore made atomic, which ends the string.
"""

_TRANSLATED_CHARACTERS = 50_000
"""Takes a second to compile at most."""

_WEIGHT = 20_000
"""Of a pattern with its repetitions written out, as ``regex`` does it, in characters about: memory for a few MB."""


class Translation:
    """``text``: the pattern for ``regex``, with groups of the same numbers. ``names``: of the groups that have one."""

    def __init__(self, pattern: str) -> None:
        self.names: dict[str, int] = {}
        self._reader = Reader(pattern)
        self._groups = 0
        self._open: list[int] = []
        self._depth = 0
        self._weight = 0
        self._ones = 0
        self._unbounded = False
        self.text = self._alternatives()
        if self._reader.peek():
            raise InvalidPattern("unmatched )")
        if len(self.text) > _TRANSLATED_CHARACTERS:
            raise LimitError("a regular expression that is too long when it is spelled out")

    def _alternatives(self) -> str:
        branches = [self._sequence()]
        while self._reader.accept("|"):
            branches.append(self._sequence())
        return "|".join(branches)

    def _sequence(self) -> str:
        terms = []
        while self._reader.peek() not in ("", "|", ")"):
            grouped, before = self._reader.peek() == "(", self._weight
            atom = self._atom()
            self._weight += 1 + len(atom) // 8
            terms.append(self._repeated(atom, before, grouped=grouped) if atom else "")
        return "".join(terms)

    def _repeated(self, atom: str, before: int, *, grouped: bool) -> str:
        self._reader.peek()
        found = self._reader.match(_REPETITION)
        if not found:
            if self._reader.peek() == "{":
                raise InvalidPattern("illegal repetition")
            return atom
        sign, least, comma, most = found.groups()
        if least is not None and not int(least) <= int(most or least) <= _LARGEST_COUNT:
            raise InvalidPattern("illegal repetition range")
        self._weight = before + (self._weight - before) * max(int(least or 0), 1)
        if self._weight > _WEIGHT:
            raise LimitError("a regular expression that repeats too much")
        mode = self._reader.take() if self._reader.peek() in ("?", "+") else ""
        self._unbounded |= grouped and (sign in ("*", "+") or bool(comma and not most))
        return f"(?:{atom}){found.group()}{mode}"

    def _atom(self) -> str:
        reader = self._reader
        character = reader.take()
        match character:
            case "*" | "+" | "?":
                raise InvalidPattern("nothing to repeat")
            case "{":
                # As in Java: a second {2} repeats nothing at all.
                reader.at -= 1
                return "(?:)"
            case "(":
                return self._group()
            case "[":
                return self._one(read_set(reader))
            case "\\":
                return self._escape(reader.raw())
            case ".":
                return positions.dot(reader.flags)
            case "^":
                return positions.caret(reader.flags)
            case "$":
                return positions.dollar(reader.flags)
            case _:
                return self._literal(character)

    def _literal(self, character: str) -> str:
        items = item(character, character, self._reader.flags)
        return self._one(literal(character) if items == literal(character) else f"[{items}]")

    def _one(self, atom: str) -> str:
        """*atom*, which is one character, ignoring case by Unicode where that is asked for."""
        self._ones += 1
        cased = f"(?i-f:{atom})" if {"i", "u"} <= self._reader.flags else atom
        return f"(?>{cased})" if self._ones % _RUN == 0 else cased

    def _escape(self, letter: str) -> str:
        items = read_class(self._reader, letter)
        if items is not None:
            return f"[{items}]"
        if letter in positions.ESCAPES:
            return positions.ESCAPES[letter]
        if letter == "Z":
            return positions.end(self._reader.flags)
        if letter == "k":
            return self._reference(self.names.get(self._reader.wanted(_NAME)))
        if letter in _DIGITS[1:]:
            return self._numbered(int(letter))
        return self._literal(self._reader.escaped(letter))

    def _numbered(self, number: int) -> str:
        """A reference takes a further digit only where there is a group of that number by now."""
        reader = self._reader
        while (digit := reader.peek()) and digit in _DIGITS and number * 10 + int(digit) <= self._groups:
            number = number * 10 + int(reader.take())
        return self._reference(number)

    def _reference(self, number: int | None) -> str:
        if number is None:
            raise InvalidPattern("no such group")
        self._unbounded = True
        if number > self._groups or number in self._open:
            return _NEVER
        return f"(?i-f:\\g<{number}>)" if "i" in self._reader.flags else f"\\g<{number}>"

    def _group(self) -> str:
        """What stands for the group of which the opening bracket has been passed; "" where it only sets flags."""
        reader, flags = self._reader, self._reader.flags
        captured = reader.match(_CAPTURE)
        other = None if captured else reader.match(_OTHER_GROUP)
        if captured or (not other and not reader.text.startswith("?", reader.at)):
            return self._capture(captured[1] if captured else None)
        opening = other.group() if other else "?:"
        if not other and self._set_flags() == ")":
            return ""
        unbounded, self._unbounded = self._unbounded, False
        inside = self._inside(flags)
        if opening.startswith("?<") and self._unbounded:
            raise InvalidPattern("look-behind without a maximum length")
        self._unbounded |= unbounded
        return f"({opening}{inside})"

    def _capture(self, name: str | None) -> str:
        self._groups += 1
        if name is not None:
            if name in self.names:
                raise InvalidPattern("two groups of the same name")
            self.names[name] = self._groups
        self._open.append(self._groups)
        inside = self._inside(self._reader.flags)
        self._open.pop()
        return f"({inside})"

    def _inside(self, flags: frozenset[str]) -> str:
        self._depth += 1
        if self._depth > limits.DEPTH:
            raise LimitError(f"a regular expression nested in more than {limits.DEPTH} levels")
        inside = self._alternatives()
        self._reader.expect(")")
        self._reader.flags = flags
        self._depth -= 1
        return inside

    def _set_flags(self) -> str:
        """Set the flags that come next, and tell what ends them: ":" or ")"."""
        found = self._reader.match(_FLAGS)
        if not found:
            raise InvalidPattern("unknown group")
        on, off = set(found[1]), set(found[2] or "")
        self._reader.flags = (self._reader.flags | on | ({"u"} if "U" in on else set())) - off
        return found[3]
