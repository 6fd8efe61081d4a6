"""What matches by where it stands, and what the ends of lines have to do with: ``^``, ``$``, ``.``, ``\\b``, ``\\R``.

In Java a line ends in more ways than one, unless the flag d is set; and ``^`` never matches at the very end.
"""

from iot_sql.java_regex.classes import LINE_ENDS, WORD

Flags = frozenset[str]

ESCAPES = {
    "A": r"\A",
    "B": rf"(?:(?<=[{WORD}])(?=[{WORD}])|(?<![{WORD}])(?![{WORD}]))",
    "G": r"\G",
    "R": rf"(?:\r\n|[{LINE_ENDS}\x0b\f])",
    "X": r"\X",
    "b": rf"(?:(?<=[{WORD}])(?![{WORD}])|(?<![{WORD}])(?=[{WORD}]))",
    "z": r"\Z",
}


def dot(flags: Flags) -> str:
    if "s" in flags:
        return "(?s:.)"
    return r"[^\n]" if "d" in flags else f"[^{LINE_ENDS}]"


def caret(flags: Flags) -> str:
    if "m" not in flags:
        return r"\A"
    return r"(?:\A|(?<=\n))(?!\Z)" if "d" in flags else r"(?:\A|(?<=[\n\x85\u2028\u2029])|(?<=\r)(?!\n))(?!\Z)"


def dollar(flags: Flags) -> str:
    if "m" not in flags:
        return end(flags)
    return r"(?=\n|\Z)" if "d" in flags else r"(?:(?=[\r\x85\u2028\u2029]|\Z)|(?<!\r)(?=\n))"


def end(flags: Flags) -> str:
    """``\\Z``: where the text ends, or the line end that it ends with begins."""
    return r"(?=\n?\Z)" if "d" in flags else r"(?:(?=(?:\r\n|[\r\x85\u2028\u2029])?\Z)|(?<!\r)(?=\n\Z))"
