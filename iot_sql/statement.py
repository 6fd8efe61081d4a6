"""A parsed statement, and how it is evaluated."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from iot_sql import limits
from iot_sql.expressions import ArrayLiteral, Expression, FunctionCall, ObjectLiteral, Variable
from iot_sql.query import Projection, Query, holds
from iot_sql.scope import Scope
from iot_sql.values import Value

_FEW_ITEMS = 20
"""So many items of a SELECT can take what is selected only so many times."""


@dataclass(frozen=True, slots=True)
class Statement:
    """``variables`` in the order of SET; ``topic_filter`` is None where there is no FROM; ``condition`` is WHERE.

    ``_multiplies``: the outgoing payload can hold the same value many times, and be far longer than the message.
    """

    variables: tuple[tuple[str, Expression], ...]
    projection: Projection
    topic_filter: str | None
    condition: Expression | None
    _multiplies: bool = field(init=False)

    def __post_init__(self) -> None:
        multiplying = (ArrayLiteral, ObjectLiteral, Query, Variable)
        found = any(isinstance(one, multiplying) for one in descend(self.expressions()))
        object.__setattr__(self, "_multiplies", found or len(self.projection.items) > _FEW_ITEMS)

    def expressions(self) -> Iterator[Expression]:
        yield from (expression for _, expression in self.variables)
        yield from (item.expression for item in self.projection.items)
        if self.condition:
            yield self.condition

    def set_variables(self, scope: Scope) -> None:
        for name, expression in self.variables:
            value = expression.evaluate(scope)
            limits.check_size(value, limits.VARIABLE_SIZE)
            scope.variables[name] = value

    def holds(self, scope: Scope) -> bool:
        return holds(self.condition, scope)

    def outgoing(self, scope: Scope) -> Value | bytes:
        if scope.is_binary and self.projection.is_raw() and scope.raw is not None:
            return scope.raw
        value = self.projection.of(scope)
        if self._multiplies:
            limits.check_size(value)
        return value


def descend(roots: Iterator[Expression]) -> Iterator[Expression]:
    """*roots* and all their parts, without recursion: a statement can be nested deeply."""
    pending = list(roots)
    while pending:
        one = pending.pop()
        yield one
        pending.extend(one.parts())


def calls(roots: Iterator[Expression]) -> Iterator[FunctionCall]:
    """Every call of a function in *roots* and their parts."""
    return (one for one in descend(roots) if isinstance(one, FunctionCall))
