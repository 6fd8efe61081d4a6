"""The Prefer header, RFC 7240: https://www.rfc-editor.org/rfc/rfc7240"""

import re
from dataclasses import dataclass

from werkzeug.http import parse_list_header, unquote_header_value

_FOREVER = 10**9


@dataclass(frozen=True, slots=True)
class Preferences:
    """What of the header means something here. ``wait`` is in seconds, None where not asked for."""

    wait: int | None = None
    respond_async: bool = False


def parse_prefer(header: str) -> Preferences:
    """Read a Prefer header. Preferences unknown here are ignored, and so is all but the first of several alike.

    Raises:
        ValueError: ``wait`` is not a number of whole seconds.
    """
    preferences: dict[str, str] = {}
    for element in parse_list_header(header):
        name, _, value = element.partition(";")[0].partition("=")
        preferences.setdefault(name.strip().lower(), unquote_header_value(value.strip()))
    wait = preferences.get("wait")
    return Preferences(wait=None if wait is None else _seconds(wait), respond_async="respond-async" in preferences)


def _seconds(text: str) -> int:
    if not re.fullmatch("[0-9]+", text):
        raise ValueError("wait must be a number of whole seconds, as in wait=10")
    digits = text.lstrip("0") or "0"
    return int(digits) if len(digits) < len(str(_FOREVER)) else _FOREVER
