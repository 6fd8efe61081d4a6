"""The rows of the pages, and what becomes of each."""

import base64
import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import simplejson

import iot_sql

EVERY_TYPE = {
    "i": 7,
    "neg": -7,
    "d": 2.5,
    "b": True,
    "bf": False,
    "s": "2.5",
    "bad": "abc",
    "ts": "TRUE",
    "fs": "false",
    "arr": [1, 2],
    "obj": {"a": 1},
    "nul": None,
    "str": "hello",
}
"""A message with a value of every type; ``missing`` is Undefined in it."""

_FOLDER = Path(__file__).parent
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_STATEMENT = re.compile(r"\s*(select|set)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Row:
    """One example: see the package for what is in it."""

    page: str
    line: int
    content: dict[str, Any]

    @property
    def name(self) -> str:
        return f"{self.page}:{self.line}: {' '.join(self.content['expr'].split())}"

    @property
    def explanation(self) -> str | None:
        reason: str | None = self.content.get("disagrees")
        return reason

    def disagreement(self) -> str | None:
        """What comes out instead of what is expected; None where the two agree."""
        outcome = self._outcome()
        expected = self.content["expected"]
        if not _agrees(outcome, expected):
            return f"{_shown(outcome)} instead of {_shown(expected)}"
        if "text" in self.content and _shown(outcome) != self.content["text"]:
            return f"{_shown(outcome)} instead of {self.content['text']}"
        return None

    def _outcome(self) -> Any:
        expression: str = self.content["expr"]
        topic: str = self.content.get("topic", "")
        version: str = self.content.get("sql_version", "2016-03-23")
        context = iot_sql.Context(**self.content.get("context", {}))
        payload = _payload(self.content.get("payload", {}))
        try:
            if self._is_template():
                return iot_sql.render_template(expression, payload, topic, context, version=version)
            sql = expression if _STATEMENT.match(expression) else f"SELECT VALUE ({expression}) FROM '#'"
            return iot_sql.evaluate(sql, payload, topic=topic or "any", version=version, context=context)
        except iot_sql.SqlError as failure:
            return failure

    def _is_template(self) -> bool:
        return bool(self.content.get("template")) or "${" in self.content["expr"]


def pages() -> dict[str, list[Row]]:
    """The rows by page."""
    return {file.stem: _rows(file) for file in sorted(_FOLDER.glob("*.jsonl"))}


def _rows(file: Path) -> list[Row]:
    lines = file.read_text(encoding="utf-8").splitlines()
    return [Row(file.stem, number, simplejson.loads(line, use_decimal=True)) for number, line in enumerate(lines, 1)]


def _payload(content: Any) -> bytes:
    if content == "$every-type":
        content = EVERY_TYPE
    if isinstance(content, dict) and "$raw" in content:
        return str(content["$raw"]).encode()
    if isinstance(content, dict) and "$base64" in content:
        return base64.b64decode(content["$base64"])
    return str(simplejson.dumps(content, use_decimal=True)).encode()


def _agrees(outcome: Any, expected: Any) -> bool:
    match expected:
        case {"$undefined": True}:
            return outcome is iot_sql.UNDEFINED
        case {"$no_match": True}:
            return outcome is iot_sql.NO_MATCH
        case {"$base64": text}:
            return bool(outcome == base64.b64decode(text))
        case {"$uuid": True}:
            return isinstance(outcome, str) and _UUID.fullmatch(outcome) is not None
        case {"$from": least, "$below": bound}:
            return type(outcome) in (int, float, Decimal) and least <= outcome < bound
        case {"$needs_aws": function}:
            return isinstance(outcome, iot_sql.NeedsAws) and outcome.function == function
        case {"$sql_error": text}:
            return isinstance(outcome, iot_sql.SqlError) and text in str(outcome)
    return _same(outcome, expected)


def _same(outcome: Any, expected: Any) -> bool:
    if isinstance(outcome, dict) and isinstance(expected, dict):
        return outcome.keys() == expected.keys() and all(_same(outcome[key], expected[key]) for key in expected)
    if isinstance(outcome, list) and isinstance(expected, list):
        return len(outcome) == len(expected) and all(map(_same, outcome, expected))
    if isinstance(outcome, bool) or isinstance(expected, bool):
        return outcome is expected
    if isinstance(outcome, int | float | Decimal) and isinstance(expected, int | float | Decimal):
        return _exact(outcome) == _exact(expected)
    return type(outcome) is type(expected) and bool(outcome == expected)


def _exact(number: float | Decimal) -> Decimal:
    return Decimal(repr(number)) if isinstance(number, float) else Decimal(number)


def _shown(value: Any) -> str:
    if isinstance(value, iot_sql.SqlError):
        return f"{type(value).__name__}: {value}"
    try:
        return iot_sql.to_json(value)
    except TypeError:
        return repr(value)
