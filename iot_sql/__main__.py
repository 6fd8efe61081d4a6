"""``python -m iot_sql``: one statement on one message."""

import re
import sys
from typing import Any, BinaryIO, NoReturn

import click

from iot_sql import NO_MATCH, UNDEFINED, Context, LimitError, SqlError, evaluate, to_json
from iot_sql.values import Version

VERSIONS = [version.value for version in Version]
NO_MATCH_STATUS, ERROR_STATUS = 1, 2

_TEXTS = ("account_id", "client_id", "principal", "source_ip", "trace_id", "protocol")
_MILLISECONDS = re.compile("[0-9]{1,18}")
_MAPPINGS = ("mqtt_properties", "user_properties")


def _context(_: click.Context, __: click.Parameter, entries: tuple[str, ...]) -> Context:
    known: dict[str, Any] = {}
    for entry in entries:
        name, equals, value = entry.partition("=")
        whole, dot, key = name.partition(".")
        if equals and name in _TEXTS:
            known[name] = value
        elif equals and name == "now_ms" and _MILLISECONDS.fullmatch(value):
            known[name] = int(value)
        elif equals and dot and whole == "mqtt_properties" and key:
            known.setdefault(whole, {})[key] = value
        elif equals and dot and whole == "user_properties" and key:
            known.setdefault(whole, {}).setdefault(key, []).append(value)
        else:
            names = ", ".join((*_TEXTS, "now_ms (a whole number)", *(f"{mapping}.NAME" for mapping in _MAPPINGS)))
            raise click.BadParameter(f"{entry!r} is not name=value with a name of: {names}")
    return Context(**known)


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.argument("sql")
@click.option("--topic", default="", help="That the message is published on. Without it FROM is not looked at.")
@click.option("--payload", type=click.File("rb"), required=True, help="A file with the message; - reads it from stdin.")
@click.option("--version", type=click.Choice(VERSIONS), default=Version.V2016.value, help="The SQL version.")
@click.option(
    "--context",
    multiple=True,
    callback=_context,
    metavar="NAME=VALUE",
    help="What else is known of the message, such as client_id=door-1 or user_properties.unit=C. Can be repeated.",
)
def main(sql: str, topic: str, payload: BinaryIO, version: str, context: Context) -> None:
    """Print what the rule SQL hands to its actions for a message, as JSON; nothing if that is Undefined.

    Exit codes: 0 the rule fires, 1 no match (the topic does not fit FROM, or WHERE does not hold), 2 usage, or the
    statement or the message cannot be evaluated.
    """
    try:
        outgoing = evaluate(sql, payload.read(), topic=topic, version=version, context=context)
        if outgoing is NO_MATCH:
            click.echo("no match", err=True)
            sys.exit(NO_MATCH_STATUS)
        click.echo(_printed(outgoing), nl=False)
    except SqlError as failure:
        _refuse(sql, failure)
    except RecursionError:
        _refuse(sql, LimitError("the outgoing payload is nested too deeply"))


def _printed(outgoing: Any) -> bytes:
    if outgoing is UNDEFINED:
        return b""
    if isinstance(outgoing, bytes):
        return outgoing
    # A lone surrogate has no UTF-8; the escape that stands in its place is the one of JSON.
    return to_json(outgoing).encode("utf-8", "backslashreplace") + b"\n"


def _refuse(sql: str, failure: SqlError) -> NoReturn:
    click.echo(str(failure), err=True)
    lines = sql.split("\n")
    if failure.line is not None and failure.column is not None and failure.line <= len(lines):
        line = lines[failure.line - 1]
        before = "".join("\t" if character == "\t" else " " for character in line[: failure.column - 1])
        click.echo(f"{line}\n{before}^", err=True)
    sys.exit(ERROR_STATUS)


if __name__ == "__main__":
    main(prog_name="python -m iot_sql")
