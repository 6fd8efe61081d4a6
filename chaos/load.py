"""Clients who ask for jobs over HTTP and follow each to its end, whatever goes wrong on the way."""

import json
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from chaos.aws import Aws
from chaos.client import END_SECONDS, JOBS, PATIENCE_SECONDS, Client
from cli.access import Access

SINGLES, BULKS = 3, 2
PAUSE_SECONDS = 0.2
_LARGEST = 12


@dataclass
class Accepted:
    """A job that was answered 202. ``since``: before it was asked for, in seconds since the epoch; ``versions``: then,
    of those of its shadows that have ever been changed; ``ended``: its body when it was first seen to have ended.
    """

    job_id: str
    lane: str
    things: tuple[str, ...]
    since: float
    versions: Mapping[tuple[str, str], int]
    ended: dict[str, Any] | None = None


@dataclass
class Fleet:
    """Things, each with its shadows. Every job gets some of its own, so that a delivery tells whose it is.

    Thread-safe.
    """

    things: Mapping[str, Sequence[str]]
    versions: dict[tuple[str, str], int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _free: list[str] = field(default_factory=list)

    def shuffle(self, dice: random.Random) -> None:
        """All are free again, in an order of their own."""
        self._free = sorted(self.things)
        dice.shuffle(self._free)

    def take(self, count: int) -> tuple[str, ...]:
        """Fewer, or none, where no more are free."""
        with self._lock:
            taken, self._free = self._free[:count], self._free[count:]
        return tuple(taken)


class Load:
    """Several clients at once, each with one job at a time."""

    def __init__(self, access: Access, aws: Aws, fleet: Fleet, seed: int) -> None:
        self.jobs: list[Accepted] = []
        self.problems: list[str] = []
        self.unanswered: set[str] = set()
        """Things of requests that nobody has answered: whether they are synced, nobody knows."""
        self._access, self._aws, self._fleet, self._seed = access, aws, fleet, seed
        self._over = threading.Event()
        kinds = [self._single] * SINGLES + [self._bulk] * BULKS
        self._threads = [
            threading.Thread(target=self._ask_again, args=(kind, random.Random(f"{seed}/{n}")), daemon=True)
            for n, kind in enumerate(kinds)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Ask for nothing more, and wait until all jobs have ended."""
        self._over.set()
        for thread in self._threads:
            thread.join(PATIENCE_SECONDS + END_SECONDS)
            if thread.is_alive():
                self.problems.append("a client hangs")

    def give_up(self) -> None:
        """Ask for nothing more, and follow nothing."""
        self._over.set()

    def _ask_again(self, kind: Callable[[Client], None], dice: random.Random) -> None:
        client = Client(self._access, dice, self.problems)
        while not self._over.is_set():
            try:
                kind(client)
                # A machine without a moment to spare would be late for that alone.
                time.sleep(client.dice.uniform(0.0, PAUSE_SECONDS))
            except Exception as error:  # noqa: BLE001 - a client that dies in silence would leave nothing to check
                self.problems.append(f"client: {type(error).__name__}: {error}"[:300])
                return

    def _single(self, client: Client) -> None:
        [*things] = self._take(client, 1)
        self._run(client, "interactive", tuple(things), f"/admin/shadow-sync/{things[0]}", None)

    def _bulk(self, client: Client) -> None:
        things = self._take(client, client.dice.randint(4, _LARGEST))
        match client.dice.choice(["names", "upload", "group"]):
            case "names":
                body, kind = json.dumps({"things": things}), "application/json"
            case "upload":
                body, kind = "\n".join(things), "text/plain"
            case _:
                group = f"chaos-{self._seed}-{things[0]}"
                self._aws.group(group, things)
                body, kind = json.dumps({"thingGroup": group}), "application/json"
        self._run(client, "bulk", things, JOBS, body, kind)

    def _take(self, client: Client, count: int) -> tuple[str, ...]:
        """Things, one of which a device has just updated."""
        things = self._fleet.take(count)
        if not things:
            self._over.set()
            raise RuntimeError("the fleet is too small for this load")
        changed = client.dice.choice(things)
        shadow = client.dice.choice(self._fleet.things[changed])
        version = self._aws.update(changed, shadow, client.dice.randrange(1_000_000))
        if version is not None:
            self._fleet.versions[changed, shadow] = version
        return things

    def _run(
        self, client: Client, lane: str, things: tuple[str, ...], path: str, body: str | None, kind: str = ""
    ) -> None:
        shadows = [(thing, shadow) for thing in things for shadow in self._fleet.things[thing]]
        versions = {one: self._fleet.versions[one] for one in shadows if one in self._fleet.versions}
        since = time.time()
        headers = {"Idempotency-Key": str(UUID(int=client.dice.getrandbits(128)))}
        headers |= {"Content-Type": kind} if kind else {}
        answer = client.ask("POST", path, body, headers)
        if answer is None:
            self.unanswered.update(things)
            return
        job = Accepted(answer["jobId"], lane, things, since, versions)
        self.jobs.append(job)
        if lane == "bulk" and client.dice.random() < 0.25:
            client.ask("POST", f"{JOBS}/{job.job_id}/pause", allowed=(200, 202, 409))
            time.sleep(client.dice.uniform(0, 0.2))
            client.ask("POST", f"{JOBS}/{job.job_id}/resume", allowed=(200, 202, 409))
        job.ended = client.follow(job.job_id)
        if client.dice.random() < 0.3:
            again = client.ask("POST", path, body, headers)
            if again and again["jobId"] != job.job_id:
                self.problems.append(f"an Idempotency-Key gave the jobs {job.job_id} and {again['jobId']}")
