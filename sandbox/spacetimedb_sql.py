"""The SQL that SpacetimeDB's HTTP API takes, as far as one table goes: parsed, not yet understood.

SELECT with columns, * or COUNT(*); WHERE with comparisons, AND, OR and parentheses; LIMIT.
https://spacetimedb.com/docs/reference/sql
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedInput

_GRAMMAR = r"""
start: select (";" select)* [";"]
select: _SELECT projection _FROM name [_WHERE condition] [_LIMIT NUMBER]
projection: "*"                          -> everything
          | item ("," item)*             -> items
          | _COUNT "(" "*" ")" _AS name  -> count
item: column [_AS name]
?condition: disjunction
?disjunction: conjunction (_OR conjunction)*
?conjunction: comparison (_AND comparison)*
?comparison: operand OPERATOR operand
           | "(" condition ")"           -> inner
?operand: column | literal
column: [name "."] name
literal: STRING -> text
       | NUMBER -> bare
       | BOOLEAN -> bare
name: NAME | QUOTED

_SELECT: "select"i
_FROM: "from"i
_WHERE: "where"i
_LIMIT: "limit"i
_COUNT: "count"i
_AS: "as"i
_AND: "and"i
_OR: "or"i
BOOLEAN: /(true|false)\b/i
NAME: /[a-z_][a-z0-9_]*/i
QUOTED: /"(?:[^"]|"")+"/
STRING: /'(?:[^']|'')*'/
NUMBER: /[+-]?\d+(\.\d+)?/
OPERATOR: "=" | "<=" | ">=" | "<>" | "!=" | "<" | ">"

%import common.WS
%ignore WS
"""


class SqlError(Exception):
    """Answered as 400, with this text."""


@dataclass(frozen=True, slots=True)
class Column:
    table: str | None
    name: str


@dataclass(frozen=True, slots=True)
class Literal:
    """`text` is without quotes; `quoted` tells '5' from 5."""

    text: str
    quoted: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    left: Column | Literal
    operator: str
    right: Column | Literal


@dataclass(frozen=True, slots=True)
class Junction:
    """`word` is AND or OR."""

    word: str
    parts: tuple[Condition, ...]


Condition = Comparison | Junction


@dataclass(frozen=True, slots=True)
class Count:
    name: str


@dataclass(frozen=True, slots=True)
class Select:
    """`projection`: pairs of a column and its alias, a count, or None for every column."""

    table: str
    projection: tuple[tuple[Column, str | None], ...] | Count | None
    condition: Condition | None
    limit: int | None


def parse(sql: str) -> Select:
    """The one statement in `sql`. SqlError if it is none of this subset, or more than one."""
    try:
        statements: list[Select] = _PARSER.parse(sql)  # type: ignore[assignment]
    except UnexpectedInput as error:
        raise SqlError(f"sql parser error: Unsupported or malformed at line {error.line}") from None
    if len(statements) > 1:
        raise SqlError("Multiple SQL statements are not supported")
    return statements[0]


class _Reader(Transformer[Token, list[Select]]):
    """Runs while the parser parses, so that no nesting is too deep for it."""

    def start(self, parts: list[Any]) -> list[Select]:
        return [part for part in parts if isinstance(part, Select)]

    def select(self, parts: list[Any]) -> Select:
        projection, table, condition, limit = parts
        if limit is not None and not limit.isdigit():
            raise SqlError(f"Unsupported LIMIT: {limit}")
        return Select(table, projection, condition, None if limit is None else int(limit))

    def everything(self, _: list[Any]) -> None:
        return None

    def items(self, parts: list[Any]) -> tuple[tuple[Column, str | None], ...]:
        return tuple(parts)

    def count(self, parts: list[Any]) -> Count:
        return Count(parts[0])

    def item(self, parts: list[Any]) -> tuple[Column, str | None]:
        return parts[0], parts[1]

    def disjunction(self, parts: list[Any]) -> Junction:
        return Junction("OR", tuple(parts))

    def conjunction(self, parts: list[Any]) -> Junction:
        return Junction("AND", tuple(parts))

    def comparison(self, parts: list[Any]) -> Comparison:
        return Comparison(parts[0], str(parts[1]), parts[2])

    def inner(self, parts: list[Any]) -> Condition:
        condition: Condition = parts[0]
        return condition

    def column(self, parts: list[Any]) -> Column:
        return Column(parts[0], parts[1])

    def text(self, parts: list[Any]) -> Literal:
        return Literal(parts[0][1:-1].replace("''", "'"), quoted=True)

    def bare(self, parts: list[Any]) -> Literal:
        return Literal(str(parts[0]), quoted=False)

    def name(self, parts: list[Any]) -> str:
        token = str(parts[0])
        return token[1:-1].replace('""', '"') if token.startswith('"') else token


_PARSER = Lark(_GRAMMAR, parser="lalr", transformer=_Reader())
