"""What the demo prints of its jobs and of the rows. Of a Thing with many shadows only the first and the last."""

from collections.abc import Callable, Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.job import Job, Shadow
from cli.show import cells
from cli.table import Row

ALL_SHOWN, EDGE_SHOWN = 10, 3
# On a narrow terminal: an id is cut, an error goes on in the next line.
GIVE_WAY = ("request id", "error")
DRIFTS = ("equal", "stale", "missing", "orphaned", "ahead")


def print_drift(console: Console, jobs: Mapping[str, Job]) -> None:
    """A line for each Thing: how many of its shadows and rows differ how."""
    table = _table(("Thing", *DRIFTS))
    for thing, job in jobs.items():
        equal = job.drift.get("equal") == len(job.shadows)
        counts = (str(job.drift.get(drift, 0)) for drift in DRIFTS)
        table.add_row(thing, *counts, style="green" if equal else "yellow")
    console.print(table)


def print_sync(console: Console, thing: str, job: Job) -> None:
    """A line for each shadow: delivered, as the Lambda answered, and landed."""
    console.print(Text(f"\n{thing}: {job.status}, {len(job.shadows)} shadows", style="bold"))
    known = ("shadow", "version", "lambda", "request id")
    _print_shadows(
        console,
        (*known, "landed", "error"),
        job.shadows,
        lambda shadow: (*cells(shadow, known), _landed(shadow), *cells(shadow, ("error",))),
        lambda shadow: shadow.status == "delivered" and shadow.landed is True,
    )


def print_rows(console: Console, thing: str, job: Job, rows: Mapping[str, Row]) -> None:
    """A line for each shadow: its version, and what its row says."""
    console.print(Text(f"\n{thing}: {len(rows)} rows", style="bold"))
    _print_shadows(
        console,
        ("shadow", "version", "row: version", "row: reported", "row: updated_at"),
        job.shadows,
        lambda shadow: (*cells(shadow, ("shadow", "version")), *_told(rows.get(shadow.name))),
        lambda shadow: shadow.name in rows and rows[shadow.name].version == shadow.version,
    )


def _print_shadows(
    console: Console,
    heading: Sequence[str],
    shadows: Sequence[Shadow],
    line: Callable[[Shadow], Sequence[str]],
    good: Callable[[Shadow], bool],
) -> None:
    table = _table(heading)
    few = len(shadows) <= ALL_SHOWN
    shown = shadows if few else (*shadows[:EDGE_SHOWN], *shadows[-EDGE_SHOWN:])
    for number, shadow in enumerate(shown):
        if number == EDGE_SHOWN and not few:
            table.add_row(f"… {len(shadows) - len(shown)} more")
        table.add_row(*map(_cell, heading, line(shadow)), style="" if good(shadow) else "red")
    console.print(table)


def _table(heading: Sequence[str]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in heading:
        table.add_column(name, no_wrap=name not in GIVE_WAY)
    return table


def _cell(name: str, text: str) -> Text:
    return Text(text, no_wrap=name == "request id", overflow="ellipsis" if name == "request id" else None)


def _landed(shadow: Shadow) -> str:
    return f"in {shadow.landing_ms} ms" if shadow.landed else cells(shadow, ("landed",))[0]


def _told(row: Row | None) -> tuple[str, str, str]:
    if row is None:
        return "no row", "-", "-"
    # The content itself may be a PIN code.
    size = "-" if row.reported is None else f"{len(row.reported.encode())} bytes"
    return str(row.version), size, f"{row.updated_at:%H:%M:%S.%f}Z"
