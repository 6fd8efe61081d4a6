"""What the sandbox holds, what its Lambda received, and where its table is."""

import json
from typing import Any
from urllib.parse import urlencode

import urllib3
from urllib3.exceptions import HTTPError

from cli.failures import UnreachableError
from cli.table import Table

ANSWER_SECONDS = 5.0


def things(sandbox_url: str) -> dict[str, int]:
    """How many named shadows each Thing has."""
    found = _get(f"{sandbox_url}/sandbox/things")["things"]
    return {str(thing): int(shadows) for thing, shadows in found.items()}


def received(sandbox_url: str, thing: str) -> list[dict[str, Any]]:
    """The invocations for *thing*, oldest first: `shadowName`, `requestId`, `bytes`, and those bytes as `payload`."""
    query = urlencode({"thingName": thing, "payload": "true", "limit": 10_000})
    return list(_get(f"{sandbox_url}/sandbox/invocations?{query}")["invocations"])


def table(sandbox_url: str) -> Table:
    """SpacetimeDB's table, with the token of the identity that it belongs to."""
    told = _get(f"{sandbox_url}/sandbox/spacetimedb")
    return Table(sandbox_url, str(told["database"]), str(told["token"]))


def _get(url: str) -> dict[str, Any]:
    try:
        response = urllib3.request("GET", url, timeout=ANSWER_SECONDS, retries=False)
    except HTTPError as error:
        raise UnreachableError(f"The sandbox does not answer ({type(error).__name__}): {url}") from None
    if response.status != 200:
        raise UnreachableError(f"The sandbox answered {response.status}: {url}")
    answer: dict[str, Any] = json.loads(response.data)
    return answer
