"""`shadow-sync bulk`: a job over any number of Things."""

import io
from typing import Any

import click

from cli.access import Access, with_access
from cli.answer import Answer
from cli.bulk_options import as_members, as_query, check, with_bulk_options
from cli.client import Client, Query
from cli.failures import UnreachableError
from cli.started import start, with_watching
from cli.upload import CSV, NDJSON, TEXT, Upload


@click.command()
@click.argument("file", type=click.File("rb"), required=False)
@click.option("--thing", "things", multiple=True, metavar="NAME", help="This Thing. Can be given several times.")
@click.option("--group", metavar="NAME", help="The Things of this group, and of the groups in it.")
@click.option("--recursive/--no-recursive", default=None, help="With --group: or of this group alone.")
@click.option("--query", metavar="QUERY", help="The Things that fleet indexing finds.")
@click.option("--all", "everything", is_flag=True, help="Every Thing of the account in its region.")
@click.option("--text", "content_type", flag_value=TEXT, help="FILE has a name a line.")
@click.option("--csv", "content_type", flag_value=CSV, help="FILE is CSV: its column thingName, or else its first.")
@click.option("--ndjson", "content_type", flag_value=NDJSON, help="FILE has JSON lines: names, or with thingName.")
@with_bulk_options
@with_watching
@with_access
def bulk(
    target: Access,
    file: io.BufferedReader | None,
    content_type: str | None,
    watch: bool,
    timeout: float | None,
    as_json: bool,
    things: tuple[str, ...],
    group: str | None,
    recursive: bool | None,
    query: str | None,
    everything: bool,
    **options: Any,
) -> None:
    """Sync the named shadows of many Things: of those named in FILE ("-" is standard input), or of a selection.

    The kind of FILE goes by its suffix: .csv, .ndjson or .jsonl, and else a name a line. Where the service is
    configured so, a job over many Things waits until it is confirmed.
    """
    ways: dict[str, Any] = {"things": list(things) or None, "thingGroup": group, "query": query}
    selection = {name: given for name, given in {**ways, "all": everything or None}.items() if given is not None}
    if len(selection) + (file is not None) != 1:
        raise click.UsageError("Give exactly one of FILE, --thing, --group, --query and --all.")
    if recursive is not None and group is None:
        raise click.UsageError("--recursive and --no-recursive go with --group.")
    if recursive is not None:
        selection["recursive"] = recursive
    if content_type and file is None:
        raise click.UsageError("--text, --csv and --ndjson go with FILE.")
    check(options)
    client = Client(target)

    def create(deadline: float) -> Answer:
        if file is None:
            return client.create_bulk({**selection, **as_members(options)}, deadline=deadline)
        return _send(client, Upload.of(file, content_type), as_query(options), deadline)

    start(client, create, watch=watch, timeout=timeout, as_json=as_json)


def _send(client: Client, upload: Upload, options: Query, deadline: float) -> Answer:
    try:
        return client.create_bulk_of(upload, options, deadline=deadline)
    except UnreachableError as error:
        if upload.repeatable:
            raise
        advice = "What comes from a pipe is not sent again: see in `shadow-sync jobs` whether the job has started, and"
        raise UnreachableError(f"{error.message} {advice} give the names in a file.") from None
