"""SELECT: what goes out, and nested queries.

https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-select.html
https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-nested-queries.html
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from iot_sql.expressions import Expression, Star
from iot_sql.scope import Scope
from iot_sql.values import UNDEFINED, Value, to_boolean


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a SELECT. ``alias``: the keys from the outgoing payload down to its value. ``spread``: the members of
    its value are selected, and not the value.
    """

    expression: Expression
    alias: tuple[str, ...]
    spread: bool = False


@dataclass(frozen=True, slots=True)
class Projection:
    """What stands between SELECT and FROM. ``only_value``: SELECT VALUE."""

    items: tuple[Item, ...]
    only_value: bool = False

    def of(self, scope: Scope) -> Value:
        """The outgoing payload; what is Undefined is left out of it."""
        if self.only_value or self._is_all():
            return self.items[0].expression.evaluate(scope)
        outgoing: dict[str, Any] = {}
        for item in self.items:
            value = item.expression.evaluate(scope)
            if item.spread:
                outgoing.update(value if isinstance(value, dict) else {})
            elif value is not UNDEFINED:
                _put(outgoing, item.alias, value)
        return outgoing

    def is_raw(self) -> bool:
        """Whether a message that is not JSON goes out as it came in."""
        return self._is_all() and not self.only_value

    def _is_all(self) -> bool:
        return len(self.items) == 1 and self.items[0].spread and isinstance(self.items[0].expression, Star)


@dataclass(frozen=True, slots=True)
class Query:
    """A SELECT in parentheses: an Array with what it makes of every item of ``source`` for which ``condition`` holds.

    Of an Object it makes one value, and of the message itself (``FROM *``) an Array of one, as AWS's examples have it.
    ``alias``: the name of the row in the query.
    """

    projection: Projection
    source: Expression
    alias: str | None
    condition: Expression | None
    name: str | None = None

    def evaluate(self, scope: Scope) -> Value:
        source = self.source.evaluate(scope)
        if isinstance(source, dict) and not isinstance(self.source, Star):
            return self._of(scope.row(source, self.alias))
        rows = [source] if isinstance(source, dict) else source
        if not isinstance(rows, list):
            return UNDEFINED
        made = (self._of(scope.row(row, self.alias)) for row in rows)
        return [value for value in made if value is not UNDEFINED]

    def _of(self, scope: Scope) -> Value:
        return self.projection.of(scope) if holds(self.condition, scope) else UNDEFINED

    def parts(self) -> Iterator[Expression]:
        yield from (item.expression for item in self.projection.items)
        yield self.source
        if self.condition:
            yield self.condition


@dataclass(frozen=True, slots=True)
class Exists:
    """``EXISTS (SELECT ...)``: whether the query makes anything.

    https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-operators.html#iot-sql-operators-exists
    """

    query: Expression
    name: str | None = None

    def evaluate(self, scope: Scope) -> Value:
        made = self.query.evaluate(scope)
        return made is not UNDEFINED and made != []

    def parts(self) -> Iterator[Expression]:
        yield self.query


def holds(condition: Expression | None, scope: Scope) -> bool:
    """Whether a WHERE clause lets its message through: only if it is true, not if it is Undefined."""
    return condition is None or to_boolean(condition.evaluate(scope)) is True


def _put(outgoing: dict[str, Any], alias: tuple[str, ...], value: Value) -> None:
    """Set *value* where *alias* says. Objects on the way may be the message's own, and are copied."""
    *path, last = alias
    for key in path:
        inner = outgoing.get(key)
        outgoing[key] = dict(inner) if isinstance(inner, dict) else {}
        outgoing = outgoing[key]
    outgoing[last] = value
