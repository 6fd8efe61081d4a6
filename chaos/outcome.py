"""What came of a run, and of all: a line for each, and the table at the end."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


@dataclass
class Outcome:
    """What came of a run. Durations in seconds; None where there was nothing to measure."""

    fault: str
    seed: int
    seconds: float = 0.0
    jobs: int = 0
    shadows: int = 0
    lost: int = 0
    duplicates: int = 0
    in_flight: int = 0
    """So many shadows can have been delivered twice by what was done."""
    stall: float = 0.0
    taken_over: float | None = None
    resumed: float | None = None
    grown_bytes: int = 0
    """By which what Valkey keeps has grown."""
    problems: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    """What took longer than it may; a machine that is busy with something else can be to blame."""

    def line(self) -> str:
        told = [
            f"seed {self.seed} {self.fault}: {self.jobs} jobs, {self.shadows} shadows, {self.lost} lost",
            f"{self.duplicates} duplicates of {self.in_flight} in flight, longest stall {self.stall:.1f} s",
        ]
        told += [] if self.taken_over is None else [f"taken over after {self.taken_over:.1f} s"]
        told += [] if self.resumed is None else [f"resumed after {self.resumed:.1f} s"]
        return ", ".join([*told, f"{self.seconds:.1f} s"])


HEADINGS = (
    *("fault", "runs", "s", "jobs", "shadows", "lost", "duplicates", "in flight"),
    *("stall", "taken", "resumed", "kept kB", "late"),
)


def table(outcomes: Sequence[Outcome]) -> str:
    """By fault, the sums; but of the seconds the mean of a run, and of stall, taken over and resumed the longest."""
    faults = list(dict.fromkeys(outcome.fault for outcome in outcomes))
    rows = [_row(fault, [one for one in outcomes if one.fault == fault]) for fault in faults]
    rows.append(_row("all", outcomes))
    widths = [max(map(len, column)) for column in zip(HEADINGS, *rows, strict=True)]
    lines = (
        "  ".join(
            cell.ljust(width) if n == 0 else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in (HEADINGS, *rows)
    )
    return "\n".join(lines)


def _row(name: str, outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    sums = [
        sum(getattr(one, figure) for one in outcomes)
        for figure in ("jobs", "shadows", "lost", "duplicates", "in_flight")
    ]
    mean = sum(one.seconds for one in outcomes) / max(len(outcomes), 1)
    longest = (_longest(getattr(one, figure) for one in outcomes) for figure in ("stall", "taken_over", "resumed"))
    kept, late = sum(one.grown_bytes for one in outcomes) / 1000, sum(1 for one in outcomes if one.late)
    return (name, str(len(outcomes)), f"{mean:.1f}", *map(str, sums), *longest, f"{kept:.0f}", str(late))


def _longest(seconds: Iterable[float | None]) -> str:
    measured = [one for one in seconds if one is not None]
    return f"{max(measured):.1f}" if measured else "-"
