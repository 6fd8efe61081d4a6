"""The table device_named_shadow, read over SpacetimeDB's HTTP API: https://spacetimedb.com/docs/http/database"""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import urllib3
from urllib3.exceptions import HTTPError

from cli.failures import UnreachableError

NAME = "device_named_shadow"
ANSWER_SECONDS = 5.0


@dataclass(frozen=True)
class Row:
    """`reported` is JSON in a string, or None where the shadow has no such section."""

    shadow: str
    version: int
    reported: str | None
    updated_at: datetime


@dataclass(frozen=True)
class Table:
    """Where the table is: SpacetimeDB's URL, the database, and the token of the identity that it belongs to."""

    url: str
    database: str
    token: str = field(repr=False)

    @property
    def sql_url(self) -> str:
        return f"{self.url}/v1/database/{self.database}/sql"

    def rows(self, thing: str) -> dict[str, Row]:
        """The rows of *thing*, by the name of the shadow.

        Raises:
            UnreachableError: they cannot be read.
        """
        answer = self._ask(
            # A Thing's name has no quotes in it.
            f"SELECT shadow_name, version, reported, updated_at FROM {NAME} WHERE thing_name = '{thing}'"  # noqa: S608
        )
        rows = [Row(name, version, _some(reported), _time(at)) for name, version, reported, at in answer]
        return {row.shadow: row for row in rows}

    def _ask(self, sql: str) -> list[list[Any]]:
        headers = {"Authorization": f"Bearer {self.token}"}
        try:
            response = urllib3.request(
                "POST", self.sql_url, body=sql, headers=headers, timeout=ANSWER_SECONDS, retries=False
            )
        except HTTPError as error:
            raise UnreachableError(f"SpacetimeDB does not answer ({type(error).__name__}): {self.sql_url}") from None
        if response.status != 200:
            raise UnreachableError(f"SpacetimeDB answered {response.status}: {self.sql_url}")
        [result] = json.loads(response.data)
        return list(result["rows"])


def _some(option: list[Any]) -> str | None:
    """What an option holds, which is spelt [0, value] or [1, []]."""
    tag, value = option
    return None if tag == 1 else str(value)


def _time(timestamp: list[int]) -> datetime:
    [micros] = timestamp
    return datetime.fromtimestamp(micros / 1_000_000, UTC)
