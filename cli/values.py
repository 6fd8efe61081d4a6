"""What arrives is not trusted: each of these is the value if it has the right type, and nothing if not."""

import math
from datetime import UTC, datetime
from typing import Any


def text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def truth(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        finite = float(value)
    except OverflowError:
        return None
    return finite if math.isfinite(finite) else None


def mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def objects(value: object) -> list[dict[str, Any]]:
    """Those members of a list that are JSON objects."""
    return [member for member in value if isinstance(member, dict)] if isinstance(value, list) else []


def texts(value: object) -> tuple[str, ...]:
    return tuple(member for member in value if isinstance(member, str)) if isinstance(value, list) else ()


def counts(value: object) -> dict[str, int]:
    return {name: count for name, found in mapping(value).items() if (count := whole(found)) is not None}


def time(value: object) -> datetime | None:
    """A moment as RFC 3339 has it, in UTC."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def one_line(text: str) -> str:
    """*text* without line breaks, or what a terminal would take for a command; 500 characters at most."""
    return "".join(character if character.isprintable() else " " for character in text)[:500]
