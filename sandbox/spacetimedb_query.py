"""From a parsed SELECT to SQLite's, and to the schema of its answer."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

from sandbox.spacetimedb_columns import COLUMNS, OPTION, TABLE, U64, Type, element
from sandbox.spacetimedb_sql import Column, Comparison, Condition, Count, Select, SqlError, parse

_MOST_ROWS = 2**63 - 1


def answer(rows: sqlite3.Connection, sql: str, *, owner: bool) -> dict[str, Any]:
    """The schema and the rows of one statement. SqlError where SpacetimeDB has one.

    The table is private: for everybody but the owner of the database it is not there.
    """
    select = parse(sql)
    if select.table != TABLE or not owner:
        raise SqlError(f"no such table: `{select.table}`. If the table exists, it may be marked private.")
    schema, shown, wanted = _projection(select)
    try:
        where, parameters = _condition(select.condition) if select.condition else ("true", [])
        limit = _MOST_ROWS if select.limit is None else min(select.limit, _MOST_ROWS)
        text = f"select {wanted} from {TABLE} where {where} limit {limit}"  # noqa: S608 - of names that are known
        found = rows.execute(text, parameters).fetchall()
    except (RecursionError, sqlite3.OperationalError):
        raise SqlError("Recursion limit exceeded") from None
    return {
        "schema": {"elements": schema},
        "rows": [[show(value) for show, value in zip(shown, row, strict=True)] for row in found],
    }


def _projection(select: Select) -> tuple[list[dict[str, Any]], list[Callable[[Any], Any]], str]:
    """The schema, how each value is shown, and what SQLite is asked for."""
    if isinstance(select.projection, Count):
        return [element(select.projection.name, U64.algebraic)], [int], "count(*)"
    columns = select.projection or tuple((Column(None, name), None) for name in COLUMNS)
    types = [_type(column) for column, _ in columns]
    names = [alias or column.name for column, alias in columns]
    schema = [element(name, type_.algebraic) for name, type_ in zip(names, types, strict=True)]
    return schema, [type_.shown for type_ in types], ", ".join(column.name for column, _ in columns)


def _type(column: Column) -> Type:
    if column.table not in (None, TABLE):
        raise SqlError(f"`{column.table}` is not in scope")
    if column.name not in COLUMNS:
        raise SqlError(f"`{column.name}` is not in scope")
    return COLUMNS[column.name]


def _condition(condition: Condition) -> tuple[str, list[str | int]]:
    """SQLite's text, and the values of its placeholders."""
    if isinstance(condition, Comparison):
        return _comparison(condition)
    parts = [_condition(part) for part in condition.parts]
    text = f" {condition.word} ".join(f"({part})" for part, _ in parts)
    return text, [value for _, values in parts for value in values]


def _comparison(comparison: Comparison) -> tuple[str, list[str | int]]:
    left, right = comparison.left, comparison.right
    column = left if isinstance(left, Column) else right
    if not isinstance(column, Column):
        raise SqlError("Unsupported: a comparison of two literals")
    type_ = _type(column)
    values: list[str | int] = []
    sides = []
    for side in (left, right):
        if isinstance(side, Column):
            if _type(side) is not type_:
                raise SqlError(f"Unexpected type: (expected) {type_.name} != {_type(side).name} (inferred)")
            sides.append(side.name)
            continue
        stored = type_.stored(side)
        if stored is None:
            raise SqlError(f"The literal expression `{side.text}` cannot be parsed as type `{type_.name}`")
        sides.append("?")
        values.append(stored)
    if type_ is OPTION:
        raise SqlError("Unsupported: a comparison of options")
    return f"{sides[0]} {comparison.operator} {sides[1]}", values
