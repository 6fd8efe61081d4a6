"""What can be done with a regular expression.

https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/util/regex/Matcher.html
"""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import regex

from iot_sql import limits
from iot_sql.errors import LimitError
from iot_sql.java_regex.pattern import Translation
from iot_sql.java_regex.reader import InvalidPattern

_CACHED = 256
_REPLACEMENT = re.compile(r"\\(?P<escaped>.)|\$(?P<digits>[0-9]+)|\$\{(?P<name>[a-zA-Z][a-zA-Z0-9]*)\}", re.DOTALL)

Part = str | int
"""Of a replacement: text, or the number of a group."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled regular expression. Its methods raise LimitError where the work takes too long."""

    pattern: regex.Pattern[str]
    names: dict[str, int]

    def find(self, text: str) -> str | None:
        """The first match in *text*; None where there is none."""
        return next((match.group() for match in self._matches(text)), None)

    def replace(self, text: str, replacement: list[Part]) -> str:
        """*text* with every match replaced. Raises LimitError where the result would be too long for a value."""
        pieces, size, end = [], len(text), 0
        for match in self._matches(text):
            new = "".join(part if isinstance(part, str) else match[part] or "" for part in replacement)
            pieces += [text[end : match.start()], new]
            end = match.end()
            size += len(new)
            if size > limits.SIZE:
                raise LimitError(f"a regular expression would make a String of more than {limits.SIZE} characters")
        return "".join([*pieces, text[end:]])

    def _matches(self, text: str) -> Iterator[regex.Match[str]]:
        """As Java finds them: after an empty match it goes on behind the next character."""
        deadline = time.process_time() + limits.REGEX_SECONDS
        at = 0
        try:
            while at <= len(text):
                for found in self.pattern.finditer(text, at, timeout=_left(deadline)):
                    yield found
                    if found.start() == found.end():
                        at = found.end() + 1
                        break
                else:
                    return
        except TimeoutError:
            raise LimitError(f"a regular expression that takes more than {limits.REGEX_SECONDS} seconds") from None

    def read_replacement(self, text: str) -> list[Part] | None:
        """The parts of a replacement: ``$1`` and ``${name}`` are groups, a backslash takes the meaning
        from what follows it. None where Java would refuse it.
        """
        parts: list[Part] = []
        at = 0
        while at < len(text):
            if text[at] not in "\\$":
                parts.append(text[at])
                at += 1
                continue
            found = _REPLACEMENT.match(text, at)
            if not found:
                return None
            at = found.end()
            if found["escaped"] is not None:
                parts.append(found["escaped"])
            elif found["name"] is not None:
                if found["name"] not in self.names:
                    return None
                parts.append(self.names[found["name"]])
            else:
                number, rest = self._group(found["digits"])
                if number > self.pattern.groups:
                    return None
                parts += [number, rest]
        return parts

    def _group(self, digits: str) -> tuple[int, str]:
        """The number of a group, and the digits that follow it: ``$12`` is group 1 and a 2 where there is no 12."""
        number, used = int(digits[0]), 1
        while used < len(digits) and number * 10 + int(digits[used]) <= self.pattern.groups:
            number = number * 10 + int(digits[used])
            used += 1
        return number, digits[used:]


def _left(deadline: float) -> float:
    """The seconds left until *deadline*, in time of the processor, which is what ``regex`` counts."""
    left = deadline - time.process_time()
    if left <= 0:
        raise TimeoutError
    return left


@lru_cache(_CACHED)
def compiled(pattern: str) -> Expression | None:
    """*pattern*, ready for use; None where Java would refuse it.

    Raises:
        LimitError: it is too long, nested too deeply, or repeats too much.
    """
    if len(pattern) > limits.REGEX_CHARACTERS:
        raise LimitError(f"a regular expression of more than {limits.REGEX_CHARACTERS} characters")
    try:
        translation = Translation(pattern)
        return Expression(regex.compile(translation.text, regex.V1, cache_pattern=False), translation.names)
    except (InvalidPattern, regex.error):
        return None
