"""The two calls to SpacetimeDB: which versions have landed of a Thing's shadows, and landing one.

https://spacetimedb.com/docs/http/database

No retries in here: whoever calls has a layer that retries.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

import urllib3
from urllib3.exceptions import HTTPError, LocationParseError
from urllib3.exceptions import TimeoutError as TimedOut
from urllib3.util import parse_url

from worker.settings import SettingsError
from worker.spacetimedb_errors import (
    DATABASE,
    REDUCER,
    TABLE,
    TOKEN,
    URL,
    SpacetimeDbUnavailableError,
    check,
    no_table,
    not_its_own,
    unavailable,
)
from worker.timely_http import timely_pool

_DATABASE_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_-]{0,126}[A-Za-z0-9])?")
_TOKEN_TEXT = re.compile(r"[\x21-\x7e]+")
_LARGEST_ANSWER = 8 * 1024 * 1024
_CHUNK = 64 * 1024


class SpacetimeDb:
    """One database. Thread-safe: the threads share a pool of connections."""

    def __init__(
        self,
        url: str,
        database: str,
        token: str,
        *,
        connect_timeout: float = 2.0,
        timeout: float = 4.0,
        threads: int = 32,
    ) -> None:
        """*timeout* is for connecting and the whole answer together, in seconds. *threads* is how many connections are
        kept.

        Raises:
            SettingsError: the URL, the database's name or the token cannot be one.
        """
        _check_settings(url, database, token)
        origin = url.rstrip("/")
        self._path = f"{parse_url(origin).path or ''}/v1/database/{database}"
        self._authorization = {"Authorization": f"Bearer {token}"}
        limits = urllib3.Timeout(connect=connect_timeout, total=timeout)
        self._pool = timely_pool(origin, maxsize=threads, retries=False, timeout=limits)

    def rows(self, thing_name: str) -> dict[str, int]:
        """The shadows of the Thing that have a row, with the version of each, in one query.

        Raises:
            SpacetimeDbUnavailableError: worth another attempt.
            SpacetimeDbSettingsError: the query was refused, for a reason that a setting can mend.
        """
        query = f"SELECT shadow_name, version FROM {TABLE} WHERE thing_name = {_quoted(thing_name)}"  # noqa: S608
        status, headers, body = self._post("sql", query, "text/plain; charset=utf-8")
        if status == 400:
            raise no_table()
        check(status, headers, body)
        return _versions(body)

    def upsert(
        self, thing_name: str, shadow_name: str, version: int, reported: str | None, desired: str | None
    ) -> None:
        """Land an event: *reported* and *desired* are JSON in a string, or None. A newer row stays as it is.

        Raises:
            SpacetimeDbUnavailableError: worth another attempt; the row may have landed all the same.
            SpacetimeDbSettingsError: refused, for a reason that a setting can mend.
            SpacetimeDbRejectedError: refused for what it is.
        """
        arguments = json.dumps([thing_name, shadow_name, version, _option(reported), _option(desired)])
        # Exactly this type: with a charset it is refused.
        status, headers, body = self._post(f"call/{REDUCER}", arguments, "application/json")
        check(status, headers, body)
        if body:
            raise not_its_own()

    def close(self) -> None:
        self._pool.close()

    def _post(self, call: str, body: str, content_type: str) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers, and the body, read whole."""
        try:
            response = self._pool.request(
                "POST",
                f"{self._path}/{call}",
                body=body.encode(),
                headers={**self._authorization, "Content-Type": content_type},
                redirect=False,
                preload_content=False,
            )
            return response.status, response.headers, _read(response)
        except TimedOut:
            raise unavailable(f"no answer from SpacetimeDB in time; see {URL}") from None
        except (HTTPError, OSError) as error:
            raise unavailable(f"no answer from SpacetimeDB ({type(error).__name__}); see {URL}") from None


def _check_settings(url: str, database: str, token: str) -> None:
    """The values are not told: a URL can hold a password."""
    problems = (
        (URL, "must be http(s)://host, without a user, a query or a fragment", _is_plain(url)),
        (DATABASE, "must be the name or the identity of a database", _DATABASE_NAME.fullmatch(database)),
        (TOKEN, "must be a token: printable characters without blanks", _TOKEN_TEXT.fullmatch(token)),
    )
    lines = "".join(f"\n  {name}: {rule}" for name, rule, kept in problems if not kept)
    if lines:
        raise SettingsError(f"shadow-sync cannot start:{lines}")


def _is_plain(url: str) -> bool:
    try:
        parts = parse_url(url)
    except LocationParseError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.host) and not (parts.auth or parts.query or parts.fragment)


def _quoted(text: str) -> str:
    """A string literal; backslashes mean nothing in it. https://spacetimedb.com/docs/reference/sql"""
    return "'" + text.replace("'", "''") + "'"


def _option(text: str | None) -> dict[str, Any]:
    return {"none": []} if text is None else {"some": text}


def _read(response: urllib3.BaseHTTPResponse) -> bytes:
    body = bytearray()
    try:
        while chunk := response.read1(_CHUNK):
            body += chunk
            if len(body) > _LARGEST_ANSWER:
                raise not_its_own()
    except (HTTPError, OSError, SpacetimeDbUnavailableError):
        response.close()
        raise
    return bytes(body)


def _versions(body: bytes) -> dict[str, int]:
    """Shadow name to version, from the answer to one statement."""
    try:
        (result,) = json.loads(body)
        names = [_inside(element["name"]) for element in result["schema"]["elements"]]
        shadow, version = names.index("shadow_name"), names.index("version")
        found = {row[shadow]: row[version] for row in result["rows"]}
    except (ValueError, TypeError, KeyError, IndexError, RecursionError):
        raise not_its_own() from None
    if not all(isinstance(name, str) and type(number) is int for name, number in found.items()):
        raise not_its_own()
    return found


def _inside(option: Any) -> Any:
    """What an option holds: its two spellings are {"some": x} and [0, x]."""
    return option["some"] if isinstance(option, dict) else option[1]
