"""Errors as AWS's REST-JSON services put them on the wire."""

from __future__ import annotations

from typing import Any


class AwsError(Exception):
    """An error answer: `code` goes to x-amzn-ErrorType, `message` and `extra` to the JSON body.

    Each service decides how the body spells its keys.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        headers: tuple[tuple[str, str], ...] = (),
        extra: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers
        self.extra = extra or {}


def invalid_request(message: str) -> AwsError:
    return AwsError(400, "InvalidRequestException", message)


def missing_token() -> AwsError:
    return AwsError(403, "MissingAuthenticationTokenException", "Missing Authentication Token")


def unknown_key() -> AwsError:
    return AwsError(403, "UnrecognizedClientException", "The security token included in the request is invalid.")


def unknown_operation() -> AwsError:
    return AwsError(404, "UnknownOperationException", "The sandbox does not know this operation.")
