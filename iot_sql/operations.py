"""Expressions over operators, and CASE."""

from collections.abc import Iterator
from dataclasses import dataclass

from iot_sql.expressions import Expression
from iot_sql.operators import Operator, equal
from iot_sql.scope import Scope
from iot_sql.values import UNDEFINED, Value, from_decimal, from_int, to_boolean, to_decimal


@dataclass(frozen=True, slots=True)
class Operation:
    """``first op operand op operand ...``, operators of one rank, from left to right."""

    first: Expression
    rest: tuple[tuple[Operator, Expression], ...]
    name: str | None = None

    def evaluate(self, scope: Scope) -> Value:
        value = self.first.evaluate(scope)
        for operator, operand in self.rest:
            value = operator(value, operand.evaluate(scope), scope.version)
            scope.budget.spend(value)
        return value

    def parts(self) -> Iterator[Expression]:
        yield self.first
        for _, operand in self.rest:
            yield operand


@dataclass(frozen=True, slots=True)
class Negative:
    """``-operand``."""

    operand: Expression
    name: str | None = None

    def evaluate(self, scope: Scope) -> Value:
        value = self.operand.evaluate(scope)
        if type(value) is int:
            return from_int(-value, scope.version)
        number = to_decimal(value)
        return UNDEFINED if number is UNDEFINED else from_decimal(number.copy_negate(), scope.version)

    def parts(self) -> Iterator[Expression]:
        yield self.operand


@dataclass(frozen=True, slots=True)
class Logic:
    """A chain of AND, or of OR. From left to right the first operand that decides (False for AND, True for OR) ends it;
    one before that which is not a Boolean makes it Undefined.
    """

    operands: tuple[Expression, ...]
    decisive: bool
    name: str | None = None

    def evaluate(self, scope: Scope) -> Value:
        for operand in self.operands:
            truth = to_boolean(operand.evaluate(scope))
            if truth is UNDEFINED or truth is self.decisive:
                return truth
        return not self.decisive

    def parts(self) -> Iterator[Expression]:
        yield from self.operands


@dataclass(frozen=True, slots=True)
class Not:
    operand: Expression
    name: str | None = None

    def evaluate(self, scope: Scope) -> Value:
        truth = to_boolean(self.operand.evaluate(scope))
        return UNDEFINED if truth is UNDEFINED else not truth

    def parts(self) -> Iterator[Expression]:
        yield self.operand


@dataclass(frozen=True, slots=True)
class Case:
    """``CASE subject WHEN match THEN result ... ELSE otherwise END``; Undefined where the subject is.

    https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-case.html
    """

    subject: Expression
    branches: tuple[tuple[Expression, Expression], ...]
    otherwise: Expression | None
    name: str | None = None

    def evaluate(self, scope: Scope) -> Value:
        subject = self.subject.evaluate(scope)
        if subject is UNDEFINED:
            return UNDEFINED
        for match, result in self.branches:
            if equal(subject, match.evaluate(scope)) is True:
                return result.evaluate(scope)
        return self.otherwise.evaluate(scope) if self.otherwise else UNDEFINED

    def parts(self) -> Iterator[Expression]:
        yield self.subject
        for match, result in self.branches:
            yield match
            yield result
        if self.otherwise:
            yield self.otherwise
