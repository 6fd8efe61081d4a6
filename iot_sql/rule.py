"""A topic rule's SQL, parsed once and evaluated often."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, Final

from iot_sql import templates
from iot_sql.context import Context
from iot_sql.errors import LimitError, NeedsAws, SqlError
from iot_sql.parser import parse_statement
from iot_sql.payload import Message, NotJson, adopt, parse
from iot_sql.scope import Scope
from iot_sql.statement import Statement, calls
from iot_sql.topics import matches, without_basic_ingest
from iot_sql.values import UNDEFINED, Value, Version


class NoMatch(Enum):
    """The type of :data:`NO_MATCH`."""

    NO_MATCH = "no match"

    def __repr__(self) -> str:
        return "NO_MATCH"


NO_MATCH: Final = NoMatch.NO_MATCH
Payload = Any
"""``bytes`` of a message as published, or a JSON value: ``None``, ``bool``, ``int``, ``float``, ``Decimal``, ``str``,
``list``, ``dict``; or a :class:`Message`.
"""


@dataclass(frozen=True, slots=True)
class Rule:
    """``version``: the SQL version; ``topic_filter``: of FROM, None where there is none; ``functions``: those that the
    statement calls, spelled as the reference spells them.
    """

    sql: str
    version: str
    topic_filter: str | None
    functions: frozenset[str]
    _statement: Statement = field(repr=False)

    @classmethod
    def parse(cls, sql: str, version: str = Version.V2016.value, *, offline: bool = False) -> "Rule":
        """Parse *sql*. *offline*: a function that only AWS can evaluate is refused here, and not when it is called.

        Raises:
            SqlError: with the line, the column, and what was expected there.
            NeedsAws: *offline* only.
        """
        with _bounded():
            statement = parse_statement(sql, _version(version))
        called = list(calls(statement.expressions()))
        for call in called if offline else ():
            if call.needs_aws():
                raise NeedsAws(call.function.name, line=call.line, column=call.column)
        names = frozenset(call.function.name for call in called)
        return cls(sql, version, statement.topic_filter, names, statement)

    def takes(self, topic: str) -> bool:
        """Whether FROM takes messages published on *topic*. A topic of Basic Ingest names its rule, whose FROM is then
        not looked at.
        """
        return not self.topic_filter or without_basic_ingest(topic) != topic or matches(self.topic_filter, topic)

    def evaluate(
        self, payload: Payload, topic: str = "", context: Context | None = None, *, ignore_where: bool = False
    ) -> Any:
        """What the rule hands to its actions for a message published on *topic*.

        - A JSON value, with floats where a double says a number exactly as written and else Decimals. It can share
          parts of *payload*.
        - ``UNDEFINED`` where SELECT VALUE has none.
        - The message's bytes where it is not JSON and all of it is selected.
        - ``NO_MATCH`` where *topic* does not fit FROM, or WHERE does not hold and is not to be ignored. Without a
          *topic*, FROM is not looked at.

        Raises:
            SqlError: this payload, or without AWS this statement, cannot be evaluated; or it would take too much.
        """
        if topic and not self.takes(topic):
            return NO_MATCH
        with _bounded():
            scope = _scope(payload, topic, context, Version(self.version))
            self._statement.set_variables(scope)
            fires = ignore_where or self._statement.holds(scope)
            return self._statement.outgoing(scope) if fires else NO_MATCH

    def render_template(self, template: str, payload: Payload, topic: str = "", context: Context | None = None) -> str:
        """As :func:`render_template`, with the variables of SET."""
        with _bounded():
            scope = _scope(payload, topic, context, Version(self.version))
            self._statement.set_variables(scope)
            return templates.render(template, scope)


def evaluate(
    sql: str,
    payload: Payload,
    *,
    topic: str = "",
    version: str = Version.V2016.value,
    context: Context | None = None,
) -> Any:
    """Parse and evaluate in one go: see :meth:`Rule.evaluate`."""
    return Rule.parse(sql, version).evaluate(payload, topic, context)


def render_template(
    template: str,
    payload: Payload,
    topic: str = "",
    context: Context | None = None,
    *,
    version: str = Version.V2016.value,
) -> str:
    """*template* with every ``${expression}`` replaced by its value as a String; nothing for Undefined.

    https://docs.aws.amazon.com/iot/latest/developerguide/iot-substitution-templates.html

    Raises:
        SqlError: an expression cannot be parsed or evaluated.
    """
    with _bounded():
        return templates.render(template, _scope(payload, topic, context, _version(version)))


def _scope(payload: Payload, topic: str, context: Context | None, version: Version) -> Scope:
    context = context or Context()
    if context.now_ms is None:
        context = replace(context, now_ms=time.time_ns() // 1_000_000)
    raw: bytes | None = None
    if isinstance(payload, bytes | bytearray):
        raw = bytes(payload)
        value = _value(raw, version)
    else:
        value = payload.value if isinstance(payload, Message) else adopt(payload, version)
    return Scope(value, raw, without_basic_ingest(topic), context, version)


def _value(raw: bytes, version: Version) -> Value:
    try:
        return parse(raw, version)
    except NotJson:
        return UNDEFINED


def _version(name: str) -> Version:
    try:
        return Version(name)
    except ValueError:
        known = tuple(repr(version.value) for version in Version)
        raise SqlError(f"{name!r} is not an SQL version that can be evaluated", expected=known) from None


@contextmanager
def _bounded() -> Iterator[None]:
    """Python's own limit of recursion is one of ours: a payload can be nested more deeply than a statement."""
    try:
        yield
    except RecursionError:
        raise LimitError("the payload or the statement is nested too deeply") from None
