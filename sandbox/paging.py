"""Pages of a sorted list of names: a token names the last one, so that what comes or goes meanwhile moves no other."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence

from sandbox.errors import invalid_request


def page_size(text: str | None, parameter: str, default: int, largest: int) -> int:
    """AwsError 400 unless the text is a whole number from 1 to `largest`, or missing."""
    if text is None:
        return default
    if not re.fullmatch(r"[0-9]{1,4}", text) or not 1 <= int(text) <= largest:
        raise invalid_request(f"Invalid {parameter}: it must be from 1 to {largest}")
    return int(text)


def page(
    names: Sequence[str],
    after: str,
    limit: int,
    wanted: Callable[[str], bool] = lambda _: True,
    examined: int | None = None,
) -> tuple[list[str], str | None]:
    """Up to `limit` wanted ones of the sorted `names` above `after`, and the name above which more may follow.

    No more than `examined` names are looked at: a page may be short or empty, and others follow.
    """
    start = bisect_right(names, after) if after else 0
    end = len(names) if examined is None else min(len(names), start + examined)
    found: list[str] = []
    for position in range(start, end):
        if not wanted(names[position]):
            continue
        if len(found) == limit:
            return found, found[-1]
        found.append(names[position])
    return found, names[end - 1] if end < len(names) else None


def asked_page(
    names: Sequence[str],
    asked: Mapping[str, str],
    scope: str,
    wanted: Callable[[str], bool] = lambda _: True,
    *,
    default: int,
    largest: int,
    examined: int | None,
) -> tuple[list[str], str | None]:
    """The names of the page that a request's maxResults and nextToken ask for, and the next nextToken. AwsError 400."""
    limit = page_size(asked.get("maxResults"), "maxResults", default, largest)
    after = read_token(asked["nextToken"], scope) if asked.get("nextToken") else ""
    found, last = page(names, after, limit, wanted, examined)
    return found, None if last is None else token(scope, last)


def scope_of(*parts: str | bool | None) -> str:
    """A name for one listing among others."""
    return f"{zlib.crc32(repr(parts).encode(errors='surrogatepass')):08x}"


def token(scope: str, last: str) -> str:
    """The nextToken of the listing that `scope` names."""
    return base64.urlsafe_b64encode(f"{scope}/{last}".encode()).decode()


def read_token(text: str, scope: str) -> str:
    """The last name of the page before. AwsError 400 for a token that no page of this listing gave."""
    try:
        named, _, last = base64.b64decode(text, altchars=b"-_", validate=True).decode().rpartition("/")
    except (binascii.Error, ValueError):
        named, last = "", ""
    if named != scope or not last:
        raise invalid_request("Invalid nextToken")
    return last
