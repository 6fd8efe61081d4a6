"""`shadow-sync results`: what became of every shadow of a job."""

import csv
import io
import json
import time
from collections.abc import Iterator
from itertools import chain
from typing import Any

import click

from cli import access
from cli.access import Access, with_access
from cli.client import Client
from cli.rows import Rows

PAGE_SECONDS = 60.0
# Pages, and not one stream: a reader may be slower than the service waits, and a broken connection loses nothing.
PAGE_ROWS = 1000
COLUMNS = {
    "thing": "thingName",
    "shadow": "shadowName",
    "status": "status",
    "version": "version",
    "landed": "landed",
    "lambda": "lambdaStatusCode",
    "request id": "lambdaRequestId",
    "error": "error",
}
COLOURS = {"delivered": "green", "skipped": "yellow", "failed": "red", "cancelled": "red"}


@click.command()
@click.argument("job_id", metavar="JOB", callback=access.job_id)
@click.option("--failed", is_flag=True, help="Just what failed, or has not landed.")
@click.option("--status", metavar="STATUS", help="Just those: delivered, skipped, failed or cancelled.")
@click.option("--thing", metavar="NAME", help="Just of this Thing.")
@click.option("--error-class", metavar="CLASS", help="Just with this kind of error, as `shadow-sync status` names it.")
@click.option("--csv", "form", flag_value="csv", help="As CSV with all columns.")
@click.option("--ndjson", "form", flag_value="ndjson", help="As JSON, an object a line.")
@with_access
def results(
    target: Access,
    job_id: str,
    failed: bool,
    status: str | None,
    thing: str | None,
    error_class: str | None,
    form: str | None,
) -> None:
    """Print what became of every shadow of JOB, as far as it is known yet. A Thing's own failure has no shadow."""
    filters = {"status": status, "thingName": thing, "errorClass": error_class}
    query = [(name, value) for name, value in filters.items() if value is not None]
    rows = _rows(Client(target), job_id, query + ([("failed", "true")] if failed else []))
    {"csv": _print_csv, "ndjson": _print_ndjson, None: _print_table}[form](rows)


def _rows(client: Client, job_id: str, query: list[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    cursor: str | None = None
    while True:
        place = [("limit", str(PAGE_ROWS)), *([("cursor", cursor)] if cursor else [])]
        page = client.results(job_id, [*query, *place], deadline=time.monotonic() + PAGE_SECONDS)
        yield from page.rows
        if (cursor := page.next_cursor) is None:
            return


def _print_table(rows: Iterator[dict[str, Any]]) -> None:
    table = Rows(tuple(COLUMNS))
    for row in rows:
        colour = "red" if row.get("landed") is False else COLOURS.get(str(row.get("status")))
        table.add([_cell(row.get(name)) for name in COLUMNS.values()], colour)
    table.end()


def _print_ndjson(rows: Iterator[dict[str, Any]]) -> None:
    for row in rows:
        click.echo(json.dumps(row))


def _print_csv(rows: Iterator[dict[str, Any]]) -> None:
    """With the names of the JSON members as the heading; null is empty, and true and false are spelt so."""
    first = next(rows, None)
    names = list(first) if first else list(COLUMNS.values())
    click.echo(_csv_line(names))
    for row in chain([first] if first else [], rows):
        click.echo(_csv_line([row.get(name) for name in names]))


def _csv_line(values: list[Any]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(
        [json.dumps(value) if isinstance(value, bool) else value for value in values]
    )
    return line.getvalue()


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value is None else str(value)
