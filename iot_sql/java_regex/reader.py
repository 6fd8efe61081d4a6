"""Reading the text of one of Java's regular expressions, character by character."""

import re
import unicodedata

_QUOTED = re.compile(r"(\\[^Q])|\\Q(.*?)(?:\\E|\Z)", re.DOTALL)
_COMMENT = re.compile(r"(?:[ \t-\r]|#[^\n\r\x85\u2028\u2029]*)+")
_OCTAL = re.compile(r"[0-3][0-7]{2}|[0-7]{1,2}")
_HEXADECIMAL = re.compile(r"([0-9a-fA-F]{2})|\{([0-9a-fA-F]+)\}")
_UNIT = re.compile(r"[0-9a-fA-F]{4}")
_HALVES = re.compile(r"(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})", re.IGNORECASE)
_NAME = re.compile(r"\{([^}]+)\}")

_CONTROLS = {"a": "\a", "e": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_CONTROL_BIT = 64
_LAST_CODE_POINT = 0x10FFFF


class InvalidPattern(Exception):  # noqa: N818 - not an error of ours
    """Java would refuse the regular expression."""


class Reader:
    """``flags`` are the letters of those that are set where the reader stands."""

    def __init__(self, text: str) -> None:
        self.text = _QUOTED.sub(_spelled, text)
        self.at = 0
        self.flags: frozenset[str] = frozenset()

    def peek(self) -> str:
        """The next character, "" at the end. White space and comments are passed over where the flag x is set."""
        if "x" in self.flags:
            self.match(_COMMENT)
        return self.text[self.at : self.at + 1]

    def take(self) -> str:
        """The next character, passed."""
        character = self.peek()
        self.at += len(character)
        return character

    def accept(self, token: str) -> bool:
        """Whether *token* comes next; it is passed then."""
        self.peek()
        found = self.text.startswith(token, self.at)
        self.at += len(token) * found
        return found

    def expect(self, token: str) -> None:
        if not self.accept(token):
            raise InvalidPattern(f"no {token}")

    def raw(self) -> str:
        """The next character, be it white space or not, passed; there must be one."""
        if self.at >= len(self.text):
            raise InvalidPattern("ends too early")
        self.at += 1
        return self.text[self.at - 1]

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """What *pattern* finds at the place of the reader; it is passed then."""
        found = pattern.match(self.text, self.at)
        if found:
            self.at = found.end()
        return found

    def wanted(self, pattern: re.Pattern[str]) -> str:
        """The first group of what *pattern* finds here, or else all of it."""
        found = self.match(pattern)
        if not found:
            raise InvalidPattern("incomplete escape")
        return next((group for group in found.groups() if group is not None), found.group())

    def escaped(self, letter: str) -> str:
        """The one character that an escape stands for. Its *letter* has been passed."""
        if letter in _CONTROLS:
            return _CONTROLS[letter]
        if letter == "0":
            return chr(int(self.wanted(_OCTAL), 8))
        if letter == "c":
            return chr(ord(self.raw()) ^ _CONTROL_BIT)
        if letter == "x":
            return _character(self.wanted(_HEXADECIMAL))
        if letter == "u":
            halves = self.match(_HALVES)
            if halves:
                return bytes.fromhex(halves[1] + halves[2]).decode("utf-16-be")
            return _character(self.wanted(_UNIT))
        if letter == "N":
            return _called(self.wanted(_NAME))
        if letter.isascii() and letter.isalnum():
            raise InvalidPattern("unknown escape")
        return letter


def _spelled(quoted: re.Match[str]) -> str:
    """The text between ``\\Q`` and ``\\E`` in hexadecimal escapes, which mean themselves everywhere."""
    return quoted[1] or "".join(f"\\x{{{ord(character):x}}}" for character in quoted[2])


def _character(digits: str) -> str:
    code = int(digits, 16)
    if code > _LAST_CODE_POINT:
        raise InvalidPattern("no such character")
    return chr(code)


def _called(name: str) -> str:
    try:
        return unicodedata.lookup(name)
    except KeyError:
        raise InvalidPattern("no such character") from None
