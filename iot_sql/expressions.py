"""The parts of a statement that have a value, and what is as simple as that. See also operations.py and query.py."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from iot_sql.errors import NeedsAws
from iot_sql.functions import Function
from iot_sql.scope import Scope, member
from iot_sql.values import UNDEFINED, Value, to_json


class Expression(Protocol):
    """Anything that has a value. ``name``: the key of its value in the outgoing payload where no alias says another."""

    @property
    def name(self) -> str | None: ...

    def evaluate(self, scope: Scope, /) -> Value: ...

    def parts(self) -> Iterator["Expression"]:
        """The expressions that this one is made of."""
        ...


@dataclass(frozen=True, slots=True)
class Literal:
    value: Value
    name: str | None = None

    def evaluate(self, _: Scope) -> Value:
        return self.value

    def parts(self) -> Iterator[Expression]:
        return iter(())


@dataclass(frozen=True, slots=True)
class Star:
    """``*``: the whole message."""

    name: str | None = None

    def evaluate(self, scope: Scope) -> Value:
        return scope.whole()

    def parts(self) -> Iterator[Expression]:
        return iter(())


@dataclass(frozen=True, slots=True)
class Path:
    """``a.b.c``, looked up in the message."""

    names: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.names[-1]

    def evaluate(self, scope: Scope) -> Value:
        return scope.member(self.names)

    def parts(self) -> Iterator[Expression]:
        return iter(())


@dataclass(frozen=True, slots=True)
class Member:
    """``whole.b.c``, looked up in the value of an expression."""

    whole: Expression
    names: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.names[-1]

    def evaluate(self, scope: Scope) -> Value:
        return member(self.whole.evaluate(scope), self.names)

    def parts(self) -> Iterator[Expression]:
        yield self.whole


@dataclass(frozen=True, slots=True)
class Variable:
    """``@name``, as SET has it."""

    name: str
    line: int | None = None
    column: int | None = None

    def evaluate(self, scope: Scope) -> Value:
        return scope.variables.get(self.name, UNDEFINED)

    def parts(self) -> Iterator[Expression]:
        return iter(())


@dataclass(frozen=True, slots=True)
class FunctionCall:
    function: Function
    arguments: tuple[Expression, ...]
    name: str
    line: int | None = None
    column: int | None = None

    def evaluate(self, scope: Scope) -> Value:
        if self.function.needs_aws:
            raise NeedsAws(self.function.name, line=self.line, column=self.column)
        value = self.function(scope.call(), [self._argument(one, scope) for one in self.arguments])
        scope.budget.spend(value)
        return value

    def needs_aws(self) -> bool:
        """Whether only AWS can evaluate it, as decode() where the descriptor of "proto" is in S3."""
        return self.function.needs_aws or (self.function.name == "decode" and Literal("proto") in self.arguments[1:2])

    def _argument(self, argument: Expression, scope: Scope) -> Value | bytes:
        if self.function.takes_raw and isinstance(argument, Star):
            return to_json(scope.whole()).encode(errors="surrogatepass") if scope.raw is None else scope.raw
        return argument.evaluate(scope)

    def parts(self) -> Iterator[Expression]:
        yield from self.arguments


@dataclass(frozen=True, slots=True)
class ArrayLiteral:
    """``[a, b]``. What is Undefined is left out, as JSON leaves it out."""

    items: tuple[Expression, ...]
    name: str | None = None

    def evaluate(self, scope: Scope) -> Value:
        values = [item.evaluate(scope) for item in self.items]
        return [value for value in values if value is not UNDEFINED]

    def parts(self) -> Iterator[Expression]:
        yield from self.items


@dataclass(frozen=True, slots=True)
class ObjectLiteral:
    """``{'a': b}``. What is Undefined is left out, as JSON leaves it out."""

    entries: tuple[tuple[str, Expression], ...]
    name: str | None = None

    def evaluate(self, scope: Scope) -> Value:
        values = {key: value.evaluate(scope) for key, value in self.entries}
        return {key: value for key, value in values.items() if value is not UNDEFINED}

    def parts(self) -> Iterator[Expression]:
        for _, value in self.entries:
            yield value
