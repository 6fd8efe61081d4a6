"""Keep the whole service running: the Procfile under honcho, beside the embedded Valkey and the sandbox."""

import re
import shlex
import shutil
import sys
import time
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

import click

from cli import fleet
from cli.part import Part, PartFailedError
from cli.product import ROOT, Surroundings, procfile, surround
from cli.stack import Stack
from cli.table import NAME

WATCH_SECONDS = 0.2
BULK_THINGS = 3
# As honcho tells it: "12:34:56 system | worker.1 started (pid=42)".
STARTED = re.compile(r"system\s+\| (\S+) started \(pid=(\d+)\)")
STOPPED = re.compile(r"system\s+\| (\S+) stopped \(rc=(-?\d+)\)")


def keep_up(stack: Stack) -> None:
    """Start everything, print the banner once all of it answers, and watch over it until a signal comes.

    Raises:
        PartFailedError: a part ended.
        InterruptedBySignal: a signal came.
    """
    click.echo("Starting Valkey, the sandbox, and the processes of the Procfile …", err=True)
    found = surround(stack)
    processes = procfile()
    stack.wave()
    command = [sys.executable, "-m", "honcho", "start", "-d", str(ROOT), "-f", "Procfile", "-e", "no.env"]
    part = stack.start("procfile", command, found.environment, groups=running_groups)
    try:
        for name in processes:
            stack.wait_for(part, partial(found.ready, name, part))
        click.echo(banner(found, _things_with_shadows(found), part.log))
        while True:
            stack.check()
            time.sleep(WATCH_SECONDS)
    except PartFailedError as failed:
        raise (_first_to_end(part) or failed) from None


def running_groups(lines: Iterable[str]) -> set[int]:
    """The process groups that honcho has started, and not seen the end of, by the *lines* that it printed."""
    groups: dict[str, int] = {}
    for line in lines:
        if started := STARTED.search(line):
            groups[started[1]] = int(started[2])
        elif stopped := STOPPED.search(line):
            groups.pop(stopped[1], None)
    return set(groups.values())


def _first_to_end(part: Part) -> PartFailedError | None:
    """When one process of the Procfile ends, honcho ends the others and itself: the first one is to blame."""
    for stopped in filter(None, map(STOPPED.search, part.lines())):
        name, code = stopped[1], stopped[2]
        lines = (line.partition("| ")[2] for line in part.lines() if line.partition("| ")[0].split()[1:] == [name])
        return PartFailedError(part, f"ended with exit code {code}", name, lines)
    return None


def banner(found: Surroundings, things: Sequence[str], log: Path) -> str:
    """Everything a person needs to try the service with some of its *things*, ready to be pasted."""
    thing = things[0]
    url, key, token = found.access.url, found.access.api_key, found.access.token
    headers = [f"Authorization: Bearer {token}", f"X-Admin-API-Key: {key}", "Prefer: wait=30"]
    curl = ["curl", "-sS", "-X", "POST", *_each("-H", headers)]
    sql = f"SELECT shadow_name, version, reported FROM {NAME} WHERE thing_name = '{thing}'"  # noqa: S608
    look = ["curl", "-sS", found.table.sql_url, "-H", f"Authorization: Bearer {found.table.token}", "--data-raw", sql]
    shadow_sync = shutil.which("shadow-sync") or str(Path(sys.executable).with_name("shadow-sync"))
    return f"""
shadow-sync is up. Its credentials end with it.

  API     {url}
  Docs    {url}/docs
  Flower  {found.flower_url}   user {found.login.flower_user}, password {found.login.flower_password}
  Things  {found.sandbox_url}/sandbox/things
  Log     {log}

For the command line:

export SHADOW_SYNC_URL={shlex.quote(url)}
export SHADOW_SYNC_API_KEY={shlex.quote(key)}
export SHADOW_SYNC_TOKEN={shlex.quote(token)}
{shlex.join([shadow_sync, "sync", "--verify", thing])}
{shlex.join([shadow_sync, "drift", thing])}
{shlex.join([shadow_sync, "bulk", "--watch", *_each("--thing", things[:BULK_THINGS])])}

With curl:

{shlex.join([*curl, f"{url}/admin/shadow-sync/{thing}"])}

The rows that came of it, in the table at the end of the pipeline:

{shlex.join(look)}

Ctrl-C stops everything."""


def _each(option: str, values: Iterable[str]) -> list[str]:
    return [word for value in values for word in (option, value)]


def _things_with_shadows(found: Surroundings) -> list[str]:
    return [thing for thing, shadows in fleet.things(found.sandbox_url).items() if shadows]
