"""From what the parser recognises to the tree: one method for a rule of the grammar, called while lark parses."""

import re
from decimal import Decimal, DecimalException
from typing import Any

from lark import Token, Transformer, v_args

from iot_sql import limits
from iot_sql.errors import LimitError, SqlError
from iot_sql.expressions import (
    ArrayLiteral,
    Expression,
    FunctionCall,
    Literal,
    Member,
    ObjectLiteral,
    Path,
    Star,
    Variable,
)
from iot_sql.functions import cast_types, find
from iot_sql.operations import Case, Logic, Negative, Not, Operation
from iot_sql.operators import OPERATORS
from iot_sql.query import Exists, Item, Projection, Query
from iot_sql.statement import Statement
from iot_sql.topics import check_filter
from iot_sql.values import Version, as_written


@v_args(inline=True)
class Builder(Transformer[Token, Any]):
    """Raises SqlError where the grammar is kept, but not what the reference says besides."""

    def __init__(self, version: Version) -> None:
        super().__init__()
        self._version = version

    def statement(
        self,
        variables: tuple[tuple[str, Expression], ...] | None,
        _: Token,
        projection: Projection,
        topic_filter: str | None,
        condition: Expression | None,
    ) -> Statement:
        return Statement(variables or (), projection, topic_filter, condition)

    def set_clause(self, *assignments: tuple[Token, Expression]) -> tuple[tuple[str, Expression], ...]:
        seen: set[str] = set()
        for variable, _ in assignments:
            if variable in seen:
                raise _wrong(f"{variable} is set twice", variable)
            if len(variable) - 1 > limits.VARIABLE_NAME_CHARACTERS:
                raise _wrong(f"a variable's name of more than {limits.VARIABLE_NAME_CHARACTERS} characters", variable)
            seen.add(variable)
        if len(assignments) > limits.VARIABLES:
            raise _wrong(f"more than {limits.VARIABLES} variables", assignments[limits.VARIABLES][0])
        return tuple((str(variable), expression) for variable, expression in assignments)

    def assignment(self, variable: Token, _: Token, expression: Expression) -> tuple[Token, Expression]:
        return variable, expression

    def only_value(self, _: Token, expression: Expression) -> Projection:
        return Projection((Item(expression, ()),), only_value=True)

    def items(self, *items: Item | None) -> Projection:
        return Projection(tuple(item for item in items if item))

    def item(self, expression: Expression, alias: tuple[str, ...] | None) -> Item:
        if alias is None and isinstance(expression, Star):
            return Item(expression, (), spread=True)
        return Item(expression, alias or (expression.name or "",))

    def spread(self, whole: Expression, *rest: Any) -> Item:
        return Item(self.member(whole, rest[0]) if isinstance(rest[0], list) else whole, (), spread=True)

    def alias(self, *names: Token) -> tuple[str, ...]:
        if len(names) > limits.DEPTH:
            raise LimitError(f"an alias of more than {limits.DEPTH} levels", line=names[0].line, column=names[0].column)
        return tuple(map(str, names))

    def topic_filter(self, token: Token) -> str:
        text = _unquoted(token) if token.type == "STRING" else str(token)
        if wrong := check_filter(text):
            raise _wrong(f"the topic filter {text!r} is not legal: {wrong}", token)
        return text

    def disjunction(self, *operands: Expression) -> Expression:
        return Logic(operands, decisive=True)

    def conjunction(self, *operands: Expression) -> Expression:
        return Logic(operands, decisive=False)

    def negate(self, operand: Expression) -> Expression:
        return Not(operand)

    def exists(self, query: Expression) -> Expression:
        return Exists(query)

    def comparison(self, first: Expression, *rest: Any) -> Expression:
        pairs = zip(rest[::2], rest[1::2], strict=True)
        return Operation(first, tuple((OPERATORS[symbol.upper()], operand) for symbol, operand in pairs))

    sum = product = comparison

    def negative(self, _: Token, operand: Expression) -> Expression:
        return Negative(operand)

    def member(self, whole: Expression, names: list[str]) -> Expression:
        return Path((*whole.names, *names)) if isinstance(whole, Path) else Member(whole, tuple(names))

    def first_member(self, name: Token) -> list[str]:
        return [str(name)]

    def next_member(self, names: list[str], name: Token) -> list[str]:
        names.append(str(name))
        return names

    def path(self, name: Token) -> Expression:
        return Path((str(name),))

    def name(self, token: Token) -> Token:
        return token

    def variable(self, token: Token) -> Expression:
        return Variable(str(token), token.line, token.column)

    def star(self, _: Token) -> Expression:
        return Star()

    def call(self, name: Token, *arguments: tuple[Expression, Token | None] | None) -> Expression:
        function = find(name)
        if function is None:
            raise _wrong(f"there is no function {name}()", name)
        if function.since is Version.V2016 and self._version is Version.V2015:
            raise _wrong(f"{function.name}() needs SQL version {Version.V2016.value}", name)
        given = [argument for argument in arguments if argument]
        values = [expression for expression, _ in given]
        for _, kind in given:
            if kind is not None:
                values.append(self._cast_type(kind, function.name == "cast" and len(given) == 1))
        return FunctionCall(function, tuple(values), str(name), name.line, name.column)

    def _cast_type(self, kind: Token, is_cast: bool) -> Expression:
        if not is_cast:
            raise _wrong("AS stands only in cast(value AS type) and behind an item of SELECT", kind)
        known = cast_types(self._version)
        if kind.lower() not in known:
            raise _wrong(f"{kind} is no type", kind, *sorted(known))
        return Literal(str(kind))

    def argument(self, expression: Expression, kind: Token | None) -> tuple[Expression, Token | None]:
        return expression, kind

    def case(self, subject: Expression, *rest: Any) -> Expression:
        return Case(subject, rest[:-1], rest[-1])

    def branch(self, match: Expression, result: Expression) -> tuple[Expression, Expression]:
        return match, result

    def array(self, bracket: Token, *items: Expression | None) -> Expression:
        self._need_2016("an array literal", bracket)
        return ArrayLiteral(tuple(item for item in items if item))

    def object(self, brace: Token, *entries: tuple[str, Expression] | None) -> Expression:
        self._need_2016("an object literal", brace)
        return ObjectLiteral(tuple(entry for entry in entries if entry))

    def entry(self, key: Token, value: Expression) -> tuple[str, Expression]:
        return (_unquoted(key) if key.type == "STRING" else str(key)), value

    def query(
        self,
        select: Token,
        projection: Projection,
        source: Expression,
        alias: Token | None,
        condition: Expression | None,
    ) -> Expression:
        self._need_2016("a nested query", select)
        return Query(projection, source, None if alias is None else str(alias), condition)

    def string(self, token: Token) -> Expression:
        return Literal(_unquoted(token))

    def number(self, token: Token) -> Expression:
        try:
            return Literal(int(token) if token.isdecimal() else as_written(Decimal(token), self._version))
        except (ValueError, DecimalException):
            raise _wrong("a number with too many digits or too large an exponent", token) from None

    def true(self, _: Token) -> Expression:
        return Literal(True)

    def false(self, _: Token) -> Expression:
        return Literal(False)

    def null(self, _: Token) -> Expression:
        return Literal(None)

    def _need_2016(self, what: str, token: Token) -> None:
        if self._version is Version.V2015:
            raise _wrong(f"{what} needs SQL version {Version.V2016.value}", token)


def _wrong(message: str, token: Token, *expected: str) -> SqlError:
    return SqlError(message, line=token.line, column=token.column, expected=expected)


def _unquoted(token: Token) -> str:
    """A quote inside is doubled, or follows a backslash. Other backslashes stay: they belong to regular expressions."""
    quote = token[0]
    return re.sub(rf"\\([\\{quote}])|{quote}({quote})", lambda found: found[1] or found[2], token[1:-1])
