"""Listings of the control plane read to their end, as a client does that trusts only the nextToken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

MOST_PAGES = 2_000


def pages(call: Callable[..., Any], **arguments: Any) -> list[list[Any]]:
    """The `things` of every page: names, as far as they have any."""
    found: list[list[Any]] = []
    token: dict[str, str] = {}
    while len(found) < MOST_PAGES:
        page = call(**arguments, **token)
        found.append([thing if isinstance(thing, str) else thing["thingName"] for thing in page["things"]])
        if not page.get("nextToken"):
            return found
        token = {"nextToken": page["nextToken"]}
    raise AssertionError(f"no end after {MOST_PAGES} pages")


def names(call: Callable[..., Any], **arguments: Any) -> list[str]:
    return [thing for page in pages(call, **arguments) for thing in page]
