"""Clients in large numbers: an open loop of POSTs, a crowd that waits, and a health check on its own.

Not locust, whose users ask again once they were answered: where the service slows down they ask less, and what would
have been asked meanwhile is missing from the figures. Here a request starts when its time has come.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection
from itertools import cycle
from typing import Any

import aiohttp

from cli.access import Access

TIMEOUT_SECONDS, WAIT_SECONDS = 15.0, 30
JOBS = "/admin/shadow-sync-jobs"
_PROBE_EVERY_SECONDS = 0.05


@dataclass
class Answers:
    """What came back. ``seconds`` by status; ``jobs``: the ids of those accepted; ``wrong``: what nobody may get."""

    seconds: dict[int, list[float]] = field(default_factory=dict)
    jobs: list[str] = field(default_factory=list)
    wrong: Counter[str] = field(default_factory=Counter)
    retries: int = 0
    finished: int = 0

    def count(self, *statuses: int) -> int:
        return sum(len(self.seconds.get(status, ())) for status in statuses)


@dataclass
class Crowd:
    """Counts, at any moment, the requests that are without an answer."""

    access: Access
    answers: Answers = field(default_factory=Answers)
    open: int = 0
    most_open: int = 0

    async def arrive(self, things: Sequence[str], *, rate: float, seconds: float) -> None:
        """POST *rate* syncs a second, evenly, whether or not the earlier ones were answered."""
        async with self._session() as session, asyncio.TaskGroup() as tasks:
            begun, names = time.perf_counter(), cycle(things)
            for number in range(round(rate * seconds)):
                await asyncio.sleep(begun + number / rate - time.perf_counter())
                tasks.create_task(self._sync(session, next(names)))

    async def wait(self, things: Sequence[str], number: int, *, jobs: int) -> None:
        """*number* clients, at once, who each wait until a job has ended: half of them for one of their own, the others
        for one of *jobs*. Who is told to come again later does.
        """
        async with self._session() as session, asyncio.TaskGroup() as tasks:
            few = [await self._accepted(session, thing) for thing in things[:jobs]]
            for client, thing in zip(range(number // 2), cycle(things), strict=False):
                tasks.create_task(self._until_ended(session, "POST", f"/admin/shadow-sync/{thing}"))
                tasks.create_task(self._until_ended(session, "GET", f"{JOBS}/{few[client % jobs]}"))

    async def _sync(self, session: aiohttp.ClientSession, thing: str) -> None:
        await self._ask(session, "POST", f"/admin/shadow-sync/{thing}", wait=0)

    async def _accepted(self, session: aiohttp.ClientSession, thing: str) -> str:
        _, body, _ = await self._ask(session, "POST", f"/admin/shadow-sync/{thing}", wait=0)
        return str(body["jobId"])

    async def _until_ended(self, session: aiohttp.ClientSession, method: str, path: str) -> None:
        while True:
            status, body, pause = await self._ask(session, method, path, wait=WAIT_SECONDS)
            if body.get("finishedAt"):
                self.answers.finished += 1
                return
            if not status:
                return
            if body.get("jobId"):
                method, path = "GET", f"{JOBS}/{body['jobId']}"
            if pause:
                self.answers.retries += 1
            # As a client should who was told a time: not all of them at the same moment.
            await asyncio.sleep(pause * random.uniform(1, 2))  # noqa: S311

    async def _ask(
        self, session: aiohttp.ClientSession, method: str, path: str, *, wait: int
    ) -> tuple[int, dict[str, Any], float]:
        """Status (0 without an answer), body, and after how many seconds to come again."""
        prefer = {"Prefer": f"wait={wait}"} if wait else {}
        begun = time.perf_counter()
        self.open += 1
        self.most_open = max(self.open, self.most_open)
        try:
            timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS + wait)
            async with session.request(method, path, headers=prefer, timeout=timeout) as answer:
                body: dict[str, Any] = await answer.json()
        except TimeoutError:
            self.answers.wrong["time-out"] += 1
            return 0, {}, 0.0
        except (aiohttp.ClientError, OSError, ValueError) as error:
            self.answers.wrong[type(error).__name__] += 1
            return 0, {}, 0.0
        finally:
            self.open -= 1
        self.answers.seconds.setdefault(answer.status, []).append(time.perf_counter() - begun)
        return self._note(method, answer, body, waited="Preference-Applied" in answer.headers)

    def _note(
        self, method: str, answer: aiohttp.ClientResponse, body: dict[str, Any], *, waited: bool
    ) -> tuple[int, dict[str, Any], float]:
        pause = answer.headers.get("Retry-After")
        if answer.status in (200, 202) and body.get("jobId"):
            if method == "POST":
                self.answers.jobs.append(body["jobId"])
        elif answer.status not in (429, 503) or not pause or body.get("code") != answer.status:
            self.answers.wrong[f"{answer.status}"] += 1
            return 0, body, 0.0
        return answer.status, body, 0.0 if waited else float(pause or 0)

    def _session(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            self.access.url,
            connector=aiohttp.TCPConnector(limit=0),
            headers={"Authorization": f"Bearer {self.access.token}", "X-Admin-API-Key": self.access.api_key},
        )


def probe(port: int, path: str, seconds: float) -> list[float]:
    """How long each health check took, one after another, each on a connection of its own. Infinite where it failed.

    Meant for a process of its own: beside a crowd the crowd would be measured, too.
    """
    taken, over = [], time.monotonic() + seconds
    while time.monotonic() < over:
        begun = time.perf_counter()
        connection = HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", path)
            well = connection.getresponse().status == 200
        except OSError:
            well = False
        finally:
            connection.close()
        taken.append(time.perf_counter() - begun if well else float("inf"))
        time.sleep(_PROBE_EVERY_SECONDS)
    return taken
