"""Positions in a String as Java counts them: in UTF-16 units, of which a character beyond U+FFFF has two.

AWS IoT evaluates rules in Java, so ``length('😀')`` is 2 there and here. Where a position falls between the two
halves of such a character, each half becomes ``?``, which is what Java makes of it when it writes the result out.

https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/lang/Character.html#unicode
"""

import re

_WIDEST_OF_ONE_UNIT = "\uffff"
_HALF = re.compile("[\ud800-\udfff]")


def length(text: str) -> int:
    """The number of units of *text*."""
    return len(text) if text.isascii() else len(text) + sum(character > _WIDEST_OF_ONE_UNIT for character in text)


def cut(text: str, start: int, end: int) -> str:
    """The units of *text* from *start* up to *end*, both within 0 and its length."""
    if text.isascii() or max(text) <= _WIDEST_OF_ONE_UNIT:
        return text[start:end]
    units = text.encode("utf-16-le", "surrogatepass")
    return _HALF.sub("?", units[2 * start : 2 * end].decode("utf-16-le", "surrogatepass"))


def to_utf8(text: str) -> bytes:
    """*text* as Java encodes it: half a character becomes ``?``."""
    return text.encode(errors="replace")
