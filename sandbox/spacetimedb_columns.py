"""The columns of device_named_shadow: how answers describe and show them, and how SQLite keeps them.

The shapes are SATS-JSON's, with an option as [tag, value]: https://spacetimedb.com/docs/sats-json
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.spacetimedb_sql import Literal

TABLE = "device_named_shadow"
# SQLite's integers are signed.
U64_OFFSET = 2**63


@dataclass(frozen=True, slots=True)
class Type:
    """How a column's type is described and shown in answers, and what SQLite is given for a literal of it."""

    name: str
    algebraic: dict[str, Any]
    shown: Callable[[Any], Any]
    stored: Callable[[Literal], str | int | None]


def element(name: str, algebraic: dict[str, Any]) -> dict[str, Any]:
    return {"name": {"some": name}, "algebraic_type": algebraic}


def _u64(literal: Literal) -> int | None:
    if literal.quoted or not re.fullmatch(r"\+?\d{1,20}", literal.text) or int(literal.text) >= 2**64:
        return None
    return int(literal.text) - U64_OFFSET


def _micros(literal: Literal) -> int | None:
    try:
        moment = datetime.fromisoformat(literal.text)
    except ValueError:
        return None
    return None if moment.tzinfo is None or not literal.quoted else round(moment.timestamp() * 1_000_000)


def _no_literal(_: Literal) -> None:
    """There are no literals of an option, so its columns cannot be compared."""


_STRING: dict[str, Any] = {"String": []}
_U64: dict[str, Any] = {"U64": []}
_OPTION = {"Sum": {"variants": [element("some", _STRING), element("none", {"Product": {"elements": []}})]}}
_TIMESTAMP = {"Product": {"elements": [element("__timestamp_micros_since_unix_epoch__", {"I64": []})]}}

STRING = Type("String", _STRING, str, lambda literal: literal.text if literal.quoted else None)
U64 = Type("U64", _U64, lambda stored: stored + U64_OFFSET, _u64)
OPTION = Type("Option<String>", _OPTION, lambda stored: [1, []] if stored is None else [0, stored], _no_literal)
TIMESTAMP = Type("Timestamp", _TIMESTAMP, lambda stored: [stored], _micros)

COLUMNS: dict[str, Type] = {
    "id": STRING,
    "thing_name": STRING,
    "shadow_name": STRING,
    "version": U64,
    "reported": OPTION,
    "desired": OPTION,
    "updated_at": TIMESTAMP,
}
