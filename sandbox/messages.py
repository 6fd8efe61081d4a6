"""One HTTP request and one answer, free of sockets, as every service of the sandbox sees them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, unquote_plus

JSON = "application/json"


@dataclass(slots=True, frozen=True)
class Request:
    """A whole request. `path` keeps its percent-escapes; header names are lower case.

    `body_size` is what the client sent; `body` is empty when that was above the server's limit.
    """

    method: str
    path: str
    query: str
    headers: Mapping[bytes, bytes]
    body: bytes
    body_size: int

    def segments(self) -> list[str]:
        """The path's segments, each unescaped on its own, so that `%2F` stays inside its segment."""
        return [unquote(part) if "%" in part else part for part in self.path[1:].split("/")]

    def parameters(self) -> dict[str, str]:
        """The query's parameters; of a repeated name the last counts."""
        if not self.query:
            return {}
        pairs = (part.partition("=") for part in self.query.split("&") if part)
        return {unquote_plus(name): unquote_plus(value) for name, _, value in pairs}

    def header(self, name: bytes, default: str = "") -> str:
        value = self.headers.get(name)
        return default if value is None else value.decode("latin-1")


@dataclass(slots=True)
class Answer:
    """An answer, sent after `delay` seconds; with `reset` the connection is torn down instead of answered.

    Where `ready` is given, it is somebody at work on this answer, and nothing is sent before that is done. `throttled`
    tells a throttle apart where its status does not.
    """

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = JSON
    delay: float = 0.0
    reset: bool = False
    call: str = ""
    throttled: bool = False
    ready: asyncio.Future[None] | None = None


def compact_json(value: Any) -> bytes:
    """UTF-8 JSON without blanks; lone surrogates, which UTF-8 cannot carry, are written as escapes."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    try:
        return text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()


def json_answer(status: int, value: Any, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    return Answer(status, compact_json(value), headers)
