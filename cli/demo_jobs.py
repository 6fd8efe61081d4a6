"""One job for each Thing of the demo's fleet, all at once, with their progress."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from cli.answer import Answer
from cli.client import Client
from cli.demo_checks import NotAsExpectedError
from cli.job import Job
from cli.stack import Stack

LOOK_SECONDS = 0.1
# Beside the name of a Thing and both counts, on a terminal of 80 columns.
BAR_WIDTH = 8


@dataclass(frozen=True)
class FleetJobs:
    """*things*: how many named shadows each has. *deadline* is a reading of ``time.monotonic()``.

    Both methods raise NotAsExpectedError where a job has not ended by then.
    """

    stack: Stack
    client: Client
    console: Console
    things: Mapping[str, int]
    deadline: float

    def sync(self) -> dict[str, Job]:
        """Sync every Thing, and wait until all has landed."""
        return self._follow(
            lambda thing: self.client.create_job(thing, wait=0, deadline=self.deadline),
            {
                "delivered": lambda job: job.counts.get("delivered", 0),
                "landed": lambda job: job.counts.get("landed", 0),
            },
        )

    def compare(self) -> dict[str, Job]:
        """Compare the shadows of every Thing with their rows."""
        return self._follow(
            lambda thing: self.client.create_check(thing, wait=0, deadline=self.deadline),
            {"compared": lambda job: job.settled},
        )

    def _follow(self, create: Callable[[str], Answer], stages: Mapping[str, Callable[[Job], int]]) -> dict[str, Job]:
        """Start all jobs, then ask for them in turn until all have ended. *stages*: what is counted of a job; the bar
        shows the last of it.
        """
        with Progress(
            TextColumn("{task.description}"),
            BarColumn(BAR_WIDTH),
            TextColumn("{task.fields[told]}"),
            console=self.console,
        ) as progress:
            lines = {thing: progress.add_task(thing, total=count, told="") for thing, count in self.things.items()}
            jobs = {thing: create(thing).job for thing in self.things}
            while True:
                for thing, job in jobs.items():
                    done = [count(job) for count in stages.values()]
                    told = (f"{n:>3}/{self.things[thing]} {stage}" for n, stage in zip(done, stages, strict=True))
                    progress.update(lines[thing], completed=done[-1], told=" ".join(told))
                going = {thing: job for thing, job in jobs.items() if not job.ended}
                if not going:
                    return jobs
                self.stack.check()
                if time.monotonic() >= self.deadline:
                    raise NotAsExpectedError(f"{', '.join(going)}: not ended in time")
                time.sleep(LOOK_SECONDS)
                jobs |= {thing: self._look(job) for thing, job in going.items()}

    def _look(self, job: Job) -> Job:
        return self.client.job(job.id or "", wait=0, deadline=self.deadline).job
