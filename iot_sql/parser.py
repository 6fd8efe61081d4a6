"""From the text of a statement to its tree."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from lark import Lark, Token
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from iot_sql import limits
from iot_sql.builder import Builder
from iot_sql.errors import LimitError, SqlError
from iot_sql.expressions import Expression, Variable
from iot_sql.statement import Statement
from iot_sql.values import Version

_IN_WORDS = {
    "NAME": "a name",
    "MEMBER": "a name",
    "VARIABLE": "a variable",
    "STRING": "a string",
    "TOPIC": "a topic filter",
    "COMPARATOR": "a comparison",
    "EQUALS": "'='",
    "PLUS": "'+'",
    "MINUS": "'-'",
    "STAR": "'*'",
    "SLASH": "'/'",
    "PERCENT": "'%'",
    "DOT": "'.'",
    "COMMA": "','",
    "COLON": "':'",
    "LPAR": "'('",
    "RPAR": "')'",
    "LSQB": "'['",
    "RSQB": "']'",
    "LBRACE": "'{'",
    "RBRACE": "'}'",
    "$END": "the end",
}
_SELECT_VALUE = re.compile(r"\bselect\s+value\b", re.IGNORECASE)
_QUOTES = ("'", '"')
_EXPRESSION = {"NAME", "STRING", "NUMBER", "LPAR"}
_STARTS_EXPRESSION = _EXPRESSION | {
    *("VARIABLE", "TRUE", "FALSE", "NULL", "VALUE", "_CASE", "_NOT", "_EXISTS", "MINUS", "STAR", "LSQB", "LBRACE")
}
_OPERATOR = {"PLUS", "STAR", "_AND"}
_CONTINUES_EXPRESSION = _OPERATOR | {"COMPARATOR", "EQUALS", "IN", "MINUS", "SLASH", "PERCENT", "_OR", "DOT", "LPAR"}


def parse_statement(text: str, version: Version) -> Statement:
    """Parse a whole ``SELECT ...``.

    Raises:
        SqlError: it is none, or not one of this version.
    """
    try:
        statement: Statement = _parse(text, "statement", version)
    except SqlError as refusal:
        if not _SELECT_VALUE.search(text):
            raise
        statement = _parse_items(text, version, refusal)
    known: set[str] = set()
    for name, expression in statement.variables:
        _check(iter([expression]), known)
        known.add(name)
    _check(statement.expressions(), known)
    return statement


def parse_expression(text: str, version: Version, variables: set[str]) -> Expression:
    """Parse what may stand in a ``${...}``.

    Raises:
        SqlError: it is no expression.
    """
    expression: Expression = _parse(text, "expression", version)
    _check(iter([expression]), variables)
    return expression


def _parse_items(text: str, version: Version, refusal: SqlError) -> Statement:
    """The statement with ``value`` as a name, as in ``SELECT value * 2 AS v``. Raises *refusal* where that is none."""
    try:
        statement: Statement = _parse(text, "statement_of_items", version)
    except SqlError:
        raise refusal from None
    return statement


def _check(roots: Iterator[Expression], variables: set[str]) -> None:
    pending = [(root, 1) for root in roots]
    while pending:
        one, depth = pending.pop()
        if depth > limits.DEPTH:
            raise LimitError(f"expressions nested in more than {limits.DEPTH} levels")
        if isinstance(one, Variable) and one.name not in variables:
            raise SqlError(f"{one.name} is used before SET gives it a value", line=one.line, column=one.column)
        pending.extend((part, depth + 1) for part in one.parts())


@cache
def _parser(version: Version) -> Lark:
    return Lark.open_from_package(
        __package__,
        "grammar.lark",
        parser="lalr",
        start=["statement", "statement_of_items", "expression"],
        transformer=Builder(version),
        maybe_placeholders=True,
    )


def _parse(text: str, start: str, version: Version) -> Any:
    if len(text) > limits.STATEMENT_CHARACTERS:
        raise LimitError(f"a statement of more than {limits.STATEMENT_CHARACTERS} characters")
    try:
        return _parser(version).parse(text, start=start)
    except UnexpectedCharacters as error:
        if error.char in _QUOTES:
            raise _at(error, "A string without an end", set()) from None
        raise _at(error, f"Unexpected character {error.char!r}", error.allowed or set()) from None
    except UnexpectedToken as error:
        expected = error.accepts or error.expected
        if error.token.type == "$END":
            lines = text.split("\n")
            place = {"line": len(lines), "column": len(lines[-1]) + 1}
            raise SqlError("Unexpected end", **place, expected=_in_words(expected)) from None
        raise _at(error, _unexpected(error.token), expected) from None


def _at(error: UnexpectedInput, message: str, expected: set[str]) -> SqlError:
    return SqlError(message, line=error.line, column=error.column, expected=_in_words(expected))


def _unexpected(token: Token) -> str:
    text = str(token)
    if token.type != "TOPIC":
        return f"Unexpected {text!r}"
    # Nothing else begins so: lark then calls it by the only terminal that would take it.
    word = re.match(r"\w+", text)
    return f"Unexpected {word[0]!r}" if word else f"Unexpected character {text[0]!r}"


def _in_words(terminals: set[str]) -> tuple[str, ...]:
    words = set()
    for all_of, kind, word in (
        (_EXPRESSION, _STARTS_EXPRESSION, "an expression"),
        (_OPERATOR, _CONTINUES_EXPRESSION, "an operator"),
    ):
        if terminals >= all_of:
            words.add(word)
            terminals = terminals - kind
    words |= {_IN_WORDS.get(terminal, terminal.strip("_")) for terminal in terminals}
    return tuple(sorted(words))
