"""What a shadow holds, and how an update document is checked and merged into it.

Error texts: https://docs.aws.amazon.com/iot/latest/developerguide/device-shadow-error-messages.html
"""

from __future__ import annotations

from typing import Any

from sandbox.documents import Json, JsonObject, delta, depth, merge, parse_json
from sandbox.errors import AwsError, invalid_request
from sandbox.messages import compact_json

DOCUMENT_LIMIT = 8 * 1024
DEPTH_LIMIT = 6
CLIENT_TOKEN_LIMIT = 64


class Content:
    """State and metadata of a shadow, immutable, so that many shadows of a large fleet can share one."""

    __slots__ = ("_delta", "_indexed", "_json", "metadata", "state")

    def __init__(self, state: dict[str, JsonObject], metadata: dict[str, JsonObject]) -> None:
        self.state = {section: value for section, value in state.items() if value}
        self.metadata = {section: metadata[section] for section in self.state}
        self._json: bytes | None = None
        self._indexed: bytes | None = None
        self._delta: JsonObject | None = None

    @property
    def delta(self) -> JsonObject:
        if self._delta is None:
            self._delta = delta(self.state.get("desired", {}), self.state.get("reported", {}))
        return self._delta

    def json(self) -> bytes:
        """The start of a GET document, up to where the version's number belongs."""
        if self._json is None:
            state = dict(self.state)
            if self.delta:
                state["delta"] = self.delta
            document = compact_json({"state": state, "metadata": self.metadata})
            self._json = document[:-1] + b',"version":'
        return self._json

    def indexed(self) -> bytes:
        """The start of what the fleet index shows of a shadow, up to where the version's number belongs."""
        if self._indexed is None:
            document = {**self.state, "metadata": self.metadata, "hasDelta": bool(self.delta)}
            self._indexed = compact_json(document)[:-1] + b',"version":'
        return self._indexed


EMPTY = Content({}, {})


def checked(body: bytes) -> dict[str, Any]:
    """The update document in `body`, whose `state` is an object or null; AwsError 400 or 415 otherwise."""
    try:
        request = parse_json(body)
    except UnicodeDecodeError:
        message = "Unsupported documented encoding; supported encoding is UTF-8"
        raise AwsError(415, "UnsupportedDocumentEncodingException", message) from None
    except ValueError:
        raise invalid_request("Invalid JSON") from None
    if not isinstance(request, dict) or "state" not in request:
        raise invalid_request("Missing required node: state")
    _check_state(request["state"])
    _check_numbering(request)
    return request


def _check_state(state: Json) -> None:
    if not isinstance(state, dict | None):
        raise invalid_request("State node must be an object")
    for section, value in (state or {}).items():
        if section not in ("desired", "reported"):
            raise invalid_request(f"State contains an invalid node: '{section}'")
        if not isinstance(value, dict | None):
            raise invalid_request(f"{section.capitalize()} node must be an object")
        if depth(value) > DEPTH_LIMIT:
            raise invalid_request(f"JSON contains too many levels of nesting; maximum is {DEPTH_LIMIT}")


def _check_numbering(request: JsonObject) -> None:
    version = request.get("version", 0)
    if not isinstance(version, int) or isinstance(version, bool) or version < 0:
        raise invalid_request("Invalid version")
    token = request.get("clientToken", "")
    if not isinstance(token, str) or len(token.encode(errors="surrogatepass")) > CLIENT_TOKEN_LIMIT:
        raise invalid_request("Invalid clientToken")


def merged(old: Content, changes: JsonObject | None, now: int) -> Content:
    """The content after the update; AwsError 413 when desired and reported together pass 8 KB."""
    state, metadata = dict(old.state), dict(old.metadata)
    if changes is None:
        return EMPTY
    for section, patch in changes.items():
        if patch is None:
            state.pop(section, None)
        else:
            before = (state.get(section, {}), metadata.get(section, {}))
            state[section], metadata[section] = merge(*before, patch, now)
    content = Content(state, metadata)
    if sum(len(compact_json(value)) for value in content.state.values()) > DOCUMENT_LIMIT:
        raise AwsError(413, "RequestEntityTooLargeException", "The payload exceeds the maximum size allowed")
    return content
