"""The named sets of characters of Java's regular expressions, as items of a set ``[...]`` of the ``regex`` package.

https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/util/regex/Pattern.html
"""

import re

LINE_ENDS = r"\n\r\x85\u2028\u2029"
WORD = r"\p{L}\p{Nd}\p{Mn}_"
"""Where ``\\b`` sees a word, which until Java 19 is wider than ``\\w``."""

_PREDEFINED = {
    "d": "0-9",
    "h": r"\x20\t\xa0\u1680\u180e\u2000-\u200a\u202f\u205f\u3000",
    "s": r"\x20\t-\r",
    "v": r"\n-\r\x85\u2028\u2029",
    "w": "a-zA-Z0-9_",
}
_UNICODE_PREDEFINED = {
    "d": r"\p{Nd}",
    "s": r"\p{White_Space}",
    "w": r"\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}",
}

_POSIX = {
    "ASCII": r"\x00-\x7f",
    "Alnum": "a-zA-Z0-9",
    "Alpha": "a-zA-Z",
    "Blank": r"\x20\t",
    "Cntrl": r"\x00-\x1f\x7f",
    "Digit": "0-9",
    "Graph": r"\x21-\x7e",
    "Lower": "a-z",
    "Print": r"\x20-\x7e",
    "Punct": r"\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e",
    "Space": r"\x20\t-\r",
    "Upper": "A-Z",
    "XDigit": "0-9a-fA-F",
}
_GRAPH = r"[^\p{White_Space}\p{Cc}\p{Cs}\p{Cn}]"
_UNICODE_POSIX = {
    "Alnum": r"\p{Alphabetic}\p{Nd}",
    "Alpha": r"\p{Alphabetic}",
    "Blank": r"\p{Zs}\t",
    "Cntrl": r"\p{Cc}",
    "Digit": r"\p{Nd}",
    "Graph": _GRAPH,
    "Lower": r"\p{Lowercase}",
    "Print": rf"{_GRAPH}\p{{Zs}}",
    "Punct": r"\p{P}",
    "Space": r"\p{White_Space}",
    "Upper": r"\p{Uppercase}",
    "XDigit": r"\p{Nd}\p{Hex_Digit}",
}

_CATEGORIES = re.compile("C[cfnos]?|L[Cltmou]?|M[cen]?|N[dlo]?|P[cdefios]?|S[ckmo]?|Z[lps]?")
_OTHERS = {
    "L1": r"\x00-\xff",
    "LD": r"\p{L}\p{Nd}",
    "all": r"\x00-\U0010ffff",
    "javaAlphabetic": r"\p{Alphabetic}",
    "javaDefined": r"\P{Cn}",
    "javaDigit": r"\p{Nd}",
    "javaISOControl": r"\p{Cc}",
    "javaIdeographic": r"\p{Ideographic}",
    "javaLetter": r"\p{L}",
    "javaLetterOrDigit": r"\p{L}\p{Nd}",
    "javaLowerCase": r"\p{Lowercase}",
    "javaMirrored": r"\p{Bidi_Mirrored}",
    "javaSpaceChar": r"\p{Z}",
    "javaTitleCase": r"\p{Lt}",
    "javaUpperCase": r"\p{Uppercase}",
    "javaWhitespace": r"[\p{Z}\t-\r\x1c-\x1f--\xa0\u2007\u202f]",
}
_BINARY = {
    "ALPHABETIC": r"\p{Alphabetic}",
    "ASSIGNED": r"\P{Cn}",
    "CONTROL": r"\p{Cc}",
    "DIGIT": r"\p{Nd}",
    "HEX_DIGIT": r"\p{Nd}\p{Hex_Digit}",
    "HEXDIGIT": r"\p{Nd}\p{Hex_Digit}",
    "IDEOGRAPHIC": r"\p{Ideographic}",
    "JOIN_CONTROL": r"\p{Join_Control}",
    "JOINCONTROL": r"\p{Join_Control}",
    "LETTER": r"\p{L}",
    "LOWERCASE": r"\p{Lowercase}",
    "NONCHARACTER_CODE_POINT": r"\p{Noncharacter_Code_Point}",
    "NONCHARACTERCODEPOINT": r"\p{Noncharacter_Code_Point}",
    "PUNCTUATION": r"\p{P}",
    "TITLECASE": r"\p{Lt}",
    "UPPERCASE": r"\p{Uppercase}",
    "WHITE_SPACE": r"\p{White_Space}",
    "WHITESPACE": r"\p{White_Space}",
}
_KINDS = {
    "blk": "Block",
    "block": "Block",
    "gc": "",
    "general_category": "",
    "sc": "Script",
    "script": "Script",
}
_NAME = re.compile(r"[A-Za-z0-9_ -]+")


def predefined(letter: str, unicode: bool) -> str:
    """What ``\\d``, ``\\D`` and their like hold. *unicode*: the flag U is set."""
    name = letter.lower()
    inside = (_UNICODE_PREDEFINED.get(name) if unicode else None) or _PREDEFINED[name]
    return f"[^{inside}]" if letter.isupper() else inside


def named(name: str, unicode: bool) -> str | None:
    """What ``\\p{name}`` holds; None where Java knows no such name. That of a block or a script is not looked up."""
    kind, equals, value = name.partition("=")
    if equals:
        prefix = _KINDS.get(kind.lower())
        if prefix is None or not _NAME.fullmatch(value):
            return None
        return rf"\p{{{prefix}={value}}}" if prefix else _simple(value, unicode)
    if name.startswith("Is"):
        short = name.removeprefix("Is")
        found = _BINARY.get(short.upper()) or _simple(short, unicode)
        return found or (rf"\p{{Script={short}}}" if _NAME.fullmatch(short) else None)
    if name.startswith("In"):
        short = name.removeprefix("In")
        return rf"\p{{Block={short}}}" if _NAME.fullmatch(short) else None
    return _simple(name, unicode)


def _simple(name: str, unicode: bool) -> str | None:
    if _CATEGORIES.fullmatch(name):
        return rf"\p{{{name}}}"
    return (_UNICODE_POSIX.get(name) if unicode else None) or _POSIX.get(name) or _OTHERS.get(name)
