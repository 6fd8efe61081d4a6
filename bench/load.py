"""More than it can take: does everybody get an answer, does nothing grow, and does all that was accepted end?"""

import asyncio
import platform
import resource
import time
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context
from urllib.parse import urlsplit

import click
import psutil
from redis import Redis
from rich.console import Console
from rich.table import Table

from bench.bulk import percentile, used_memory
from bench.crowd import WAIT_SECONDS, Answers, Crowd, probe
from bench.site import Product, Site
from cli.client import Client
from cli.interrupts import Interrupts
from cli.product import ROOT
from cli.stack import Stack

DUE = "shadow-sync:due:interactive"
THINGS, CALIBRATION = 500, 400
SHARE = 0.7
HOLD_SECONDS, POSTS_BESIDE, FEW_JOBS = 15.0, 5.0, 10
COME_SECONDS = 5.0
END_SECONDS = 900.0
CHECK_LIMIT_MS = 100
OPEN_FILES_BESIDE = 200


@click.command(context_settings={"show_default": True})
@click.option(
    "--seconds", default=120.0, help="How long POSTs come at a rate that can be borne; above it, half as long."
)
@click.option("--rate", type=float, help=f"POSTs per second. [default: {SHARE} of what is done when 24 callers ask]")
@click.option("--above", default=8.0, help="How many times that rate is too much.")
@click.option("--waiters", default=2000, help="Clients that wait at once.")
@click.option("--workers", default=1, help="Worker processes.")
def main(seconds: float, rate: float | None, above: float, waiters: int, workers: int) -> None:
    """Measure what becomes of too many POSTs, and of very many who wait. Everything is on loopback, and ends."""
    console = Console(highlight=False, width=150)
    console.print(
        f"{psutil.cpu_count()} cores, {psutil.virtual_memory().total / 2**30:.0f} GiB, "
        f"Python {platform.python_version()}, load before {psutil.getloadavg()[0]:.1f}; Things of 1 shadow, a sandbox "
        f"without latency, {workers} worker"
    )
    _open_files(waiters)
    with Interrupts() as interrupts, Stack(ROOT, interrupts) as stack, ExitStack() as exits:
        probes = exits.enter_context(ProcessPoolExecutor(2, mp_context=get_context("spawn")))
        site = Site.start(stack, interrupts, things=THINGS, shadows=1, latency=False)
        redis = exits.enter_context(Redis.from_url(site.redis_url, socket_timeout=10))
        things = site.things()
        with site.product(workers) as product:
            measured = product.sync(things[:CALIBRATION])
            rate = rate or SHARE * measured.rate
            console.print(f"24 callers who wait for their jobs: {measured.rate:.0f} jobs/s")
            load = Load(console, product, redis, probes)
            load.arrive("POST", things, rate, seconds)
            load.arrive("POST, too many", things, rate * above, seconds / 2)
            load.print()
        with site.product(0) as product:
            _wait(console, site, product, probes, redis, things, waiters, workers)


class Load:
    """Phases of POSTs on one product, a row each."""

    def __init__(self, console: Console, product: Product, redis: "Redis", probes: ProcessPoolExecutor) -> None:
        self._console, self._product, self._redis, self._probes = console, product, redis, probes
        self._table = Table(
            *("", "per s", "202", "429", "503", "wrong", "p50 ms", "p99 ms", "503: p99", "/healthz: p99", "max"),
            *("unfinished", "API MiB: before, half, end", "Redis MiB", "kB a job", "accepted, ended"),
            box=None,
            header_style="bold",
        )

    def arrive(self, name: str, things: Sequence[str], rate: float, seconds: float) -> None:
        rss, kept = self._product.resident()["api"], used_memory(self._redis)
        crowd = Crowd(self._product.access)
        checks = _check(self._probes, self._product, "/healthz", seconds)
        with ThreadPoolExecutor(1) as thread:
            coming = thread.submit(asyncio.run, crowd.arrive(things, rate=rate, seconds=seconds))
            time.sleep(seconds / 2)
            half = self._product.resident()["api"]
            coming.result()
        end = self._product.resident()["api"]
        unfinished = int(self._redis.zcard(DUE))
        self._console.print(f"  {name}: {crowd.answers.count(202)} accepted, {unfinished} of them unfinished")
        took = _until_idle(self._redis)
        self._console.print(f"  {took:.0f} s later all have ended")
        answers, good = crowd.answers, crowd.answers.seconds.get(202, [])
        grown = used_memory(self._redis) - kept
        self._table.add_row(
            name,
            f"{rate:.0f}",
            *(str(answers.count(status)) for status in (202, 429, 503)),
            ", ".join(f"{kind} {count}" for kind, count in answers.wrong.items()) or "0",
            f"{percentile(good, 50):.0f}",
            f"{percentile(good, 99):.0f}",
            f"{percentile(answers.seconds.get(503, []), 99):.0f}",
            *_told(checks.result()),
            str(unfinished),
            " → ".join(map(_mib, (rss, half, end))),
            f"{_mib(kept)} → {_mib(kept + grown)}",
            f"{grown / max(len(good), 1) / 1000:.1f}",
            f"{len(good)}, {_ended(self._product, answers)}",
        )

    def print(self) -> None:
        self._console.print(self._table)


def _wait(
    console: Console,
    site: Site,
    product: Product,
    probes: ProcessPoolExecutor,
    redis: "Redis",
    things: Sequence[str],
    waiters: int,
    workers: int,
) -> None:
    """Without a worker nobody's job ends; then there is one."""
    before, looked, begun = product.resident()["api"], _looks(redis), time.perf_counter()
    crowd, beside = Crowd(product.access), Crowd(product.access)
    with ThreadPoolExecutor(1) as thread:
        coming = _check(probes, product, "/healthz", COME_SECONDS)
        waiting = thread.submit(asyncio.run, crowd.wait(things, waiters, jobs=FEW_JOBS))
        while _looks(redis) - looked < waiters and not waiting.done() and time.perf_counter() - begun < WAIT_SECONDS:
            time.sleep(0.1)
        console.print(
            f"{waiters} clients came at once to wait; {time.perf_counter() - begun:.1f} s later each had been seen to, "
            f"and {crowd.open} were waiting; {crowd.answers.retries} times one had been told to come again"
        )
        console.print("  /healthz while they came: p99 {} ms, max {} ms".format(*_told(coming.result())))
        checks = {path: _check(probes, product, path, HOLD_SECONDS) for path in ("/healthz", "/readyz")}
        asyncio.run(beside.arrive(things, rate=POSTS_BESIDE, seconds=HOLD_SECONDS))
        for path, check in checks.items():
            p99, most = _told(check.result())
            console.print(f"  {path} meanwhile: p99 {p99} ms, max {most} ms (limit {CHECK_LIMIT_MS})")
        posts = beside.answers.seconds.get(202, [])
        console.print(
            f"  POST meanwhile: {len(posts)} of {HOLD_SECONDS * POSTS_BESIDE:.0f} accepted, p50 "
            f"{percentile(posts, 50):.0f} ms, p99 {percentile(posts, 99):.0f} ms; wrong: {dict(beside.answers.wrong)}"
        )
        console.print(f"  {crowd.open} wait still; API {_mib(before)} → {_mib(product.resident()['api'])} MiB")
        check, released = _check(probes, product, "/healthz", HOLD_SECONDS), time.perf_counter()
        with site.product(workers):
            waiting.result()
            took = time.perf_counter() - released
        p99, most = _told(check.result())
        console.print(
            f"  with a worker: {crowd.answers.finished} of {waiters} were told the end of a job, the last after "
            f"{took:.0f} s; wrong: {dict(crowd.answers.wrong)}; /healthz meanwhile: p99 {p99} ms, max {most} ms"
        )


def _check(probes: ProcessPoolExecutor, product: Product, path: str, seconds: float) -> "Future[list[float]]":
    return probes.submit(probe, urlsplit(product.access.url).port or 80, path, seconds)


def _told(taken: Sequence[float]) -> tuple[str, str]:
    """p99 and the longest, in milliseconds."""
    return f"{percentile(taken, 99):.0f}", f"{1000 * max(taken):.0f}"


def _mib(size: int) -> str:
    return f"{size / 2**20:.0f}"


def _looks(redis: "Redis") -> int:
    """How often a job of one Thing was looked at: nothing else asks for an entry of a list."""
    return int(redis.info("commandstats").get("cmdstat_lindex", {"calls": 0})["calls"])


def _until_idle(redis: "Redis") -> float:
    """Wait until nothing is due any more. Returns seconds."""
    begun = time.perf_counter()
    while redis.zcard(DUE):
        if time.perf_counter() - begun > END_SECONDS:
            raise click.ClickException(f"not all has ended within {END_SECONDS:.0f} s")
        time.sleep(0.2)
    return time.perf_counter() - begun


def _ended(product: Product, answers: Answers) -> int:
    """How many of the accepted jobs the API says have succeeded."""
    client, cursor, accepted, ended = Client(product.access), "", set(answers.jobs), 0
    while accepted:
        query = [("limit", "200"), *([("cursor", cursor)] if cursor else [])]
        page = client.jobs(query, deadline=time.monotonic() + 60)
        for row in page.rows:
            if row["jobId"] in accepted:
                accepted.discard(row["jobId"])
                ended += row["status"] == "succeeded"
        cursor = page.next_cursor or ""
        if not cursor:
            break
    return ended


def _open_files(waiters: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(waiters + OPEN_FILES_BESIDE, hard)), hard))


if __name__ == "__main__":
    main()
