"""Substitution templates: text with ``${expression}`` in it."""

from collections.abc import Iterator

from iot_sql.errors import LimitError, SqlError
from iot_sql.limits import SIZE, STATEMENT_CHARACTERS, check_size
from iot_sql.parser import parse_expression
from iot_sql.scope import Scope
from iot_sql.values import UNDEFINED, to_string


def render(template: str, scope: Scope) -> str:
    """*template* with the values of its expressions; nothing for Null and Undefined."""
    if len(template) > STATEMENT_CHARACTERS:
        raise LimitError(f"a template of more than {STATEMENT_CHARACTERS} characters")
    rendered, size = [], 0
    for text, is_expression in _parts(template):
        scope.budget.check_time()
        rendered.append(_value(text, scope) if is_expression else text)
        size += len(rendered[-1])
        if size > SIZE:
            raise LimitError(f"a text of more than {SIZE} characters")
    return "".join(rendered)


def _value(text: str, scope: Scope) -> str:
    value = parse_expression(text, scope.version, set(scope.variables)).evaluate(scope)
    check_size(value)
    shown = to_string(value)
    return "" if shown is UNDEFINED else shown


def _parts(template: str) -> Iterator[tuple[str, bool]]:
    """The pieces of *template*, and whether each is an expression."""
    end = 0
    while (start := template.find("${", end)) >= 0:
        yield template[end:start], False
        end = _end_of_expression(template, start + 2)
        yield template[start + 2 : end], True
        end += 1
    yield template[end:], False


def _end_of_expression(template: str, start: int) -> int:
    """Where the ``}`` stands that ends the expression: one in a string or of an object literal does not."""
    depth, quote, at = 0, "", start
    while at < len(template):
        character = template[at]
        if quote:
            at += character == "\\"
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character == "}" and depth == 0:
            return at
        else:
            depth += (character == "{") - (character == "}")
        at += 1
    raise SqlError("a ${ of the template has no }", line=1, column=start - 1)
