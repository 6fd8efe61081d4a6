"""What a request to the sandbox's own API says, or a BadRequestError that names what is wrong with it."""

from __future__ import annotations

from typing import Any

from sandbox.documents import parse_json
from sandbox.messages import Request

LARGEST_LIMIT = 10_000


class BadRequestError(Exception):
    """Answered as 400."""


def json_body(request: Request) -> Any:
    try:
        return parse_json(request.body)
    except ValueError as error:
        raise BadRequestError(f"The body is not JSON: {error}") from None


def flag(request: Request, name: str) -> bool:
    text = request.parameters().get(name, "false")
    if text not in ("true", "false"):
        raise BadRequestError(f"{name} must be true or false, not {text!r}.")
    return text == "true"


def limit(parameters: dict[str, str]) -> int:
    asked = number(parameters, "limit", 100)
    if not 1 <= asked <= LARGEST_LIMIT:
        raise BadRequestError(f"limit must be from 1 to {LARGEST_LIMIT}; page on with after=<the last seq>.")
    return asked


def number(parameters: dict[str, str], name: str, default: int) -> int:
    text = parameters.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise BadRequestError(f"{name} must be a whole number, not {text[:40]!r}.")
    return int(text)
