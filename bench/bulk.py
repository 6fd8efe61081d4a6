"""A job of very many Things: is it as fast at its end as at its beginning, and does it leave everybody else alone?"""

import math
import platform
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import click
import psutil
import urllib3
from redis import Redis
from rich.console import Console

from bench.site import RUN_SECONDS, Product, Site
from cli.client import Client
from cli.interrupts import Interrupts
from cli.job import Job
from cli.product import ROOT
from cli.stack import Stack

QUEUE = "shadow-sync:bulk"
WINDOW = 1000
CAP, CAP_SECONDS, CAP_WORKERS = 150, 30, 4
EVERY_SECONDS, RESIDENT_EVERY_SECONDS = 0.25, 5.0


@dataclass(frozen=True)
class Sample:
    """At one moment: seconds since the start, shadows ended, messages in the queue, bytes of Redis and of each part."""

    seconds: float
    ended: int
    queued: int
    redis_bytes: int
    resident: dict[str, int]


@dataclass
class Watched:
    samples: list[Sample] = field(default_factory=list)
    looks: dict[str, list[float]] = field(default_factory=lambda: {"large": [], "small": []})
    singles: list[float] = field(default_factory=list)


@click.command(context_settings={"show_default": True})
@click.option("--things", default=20_000, help="Things of the fleet.")
@click.option("--shadows", default=5, help="Named shadows of each.")
@click.option("--workers", default=1, help="Worker processes for bulk jobs, beside one for single Things.")
@click.option("--singles", default=200, help="Single-Thing syncs on the idle system, to take the percentiles of.")
@click.option("--cap/--no-cap", default=True, help=f"Measure a cap of {CAP} shadows per second, too.")
def main(things: int, shadows: int, workers: int, singles: int, cap: bool) -> None:
    """Measure a job of many Things, and what it does to others."""
    console = Console(highlight=False, width=140)
    console.print(
        f"{psutil.cpu_count()} cores, {psutil.virtual_memory().total / 2**30:.0f} GiB, "
        f"Python {platform.python_version()}, load before {psutil.getloadavg()[0]:.1f}; "
        f"{things} Things x {shadows} shadows, a sandbox without latency, {workers} bulk workers"
    )
    with Interrupts() as interrupts, Stack(ROOT, interrupts) as stack:
        site = Site.start(stack, interrupts, things=things, shadows=shadows, latency=False)
        names = site.things()
        with Redis.from_url(site.redis_url, socket_timeout=10) as redis:
            with site.product(1, bulk=workers) as product:
                _large(console, product, redis, names, shadows, singles)
            if cap:
                with site.product(1, bulk=CAP_WORKERS) as product:
                    _capped(console, site, product, names, shadows, singles)


def _large(
    console: Console, product: Product, redis: "Redis", names: Sequence[str], shadows: int, singles: int
) -> None:
    client = Client(product.access)
    product.latencies(names[0], 20)
    idle = product.latencies(names[0], singles)
    small = _end(client, client.create_bulk({"things": list(names[:2])}, deadline=_deadline()).job)
    # What every job after the first finds in place is not the job's.
    before = used_memory(redis)
    large = client.create_bulk({"all": True, "confirm": True}, deadline=_deadline()).job
    watched = Watched()
    with _busy(lambda: watched.singles.extend(product.latencies(names[-1], 1)), pause=0.2):
        _watch(console, product, redis, client, large, small, watched)
    job = client.job(large.id or "", wait=0, deadline=_deadline()).job
    total = len(names) * shadows
    rates = {share: _rate_at(watched.samples, total, share) for share in (0.1, 0.9)}
    console.print(f"{job.status}: {total} shadows in {watched.samples[-1].seconds:.0f} s")
    console.print(
        f"shadows/s at 10 %: {rates[0.1]:.0f}, at 90 %: {rates[0.9]:.0f}; ratio {rates[0.9] / rates[0.1]:.2f} "
        "(limit 0.90 to 1.10)"
    )
    console.print(f"longest broker queue: {max(one.queued for one in watched.samples)} (window {WINDOW})")
    peak = max(one.redis_bytes for one in watched.samples)
    results = redis.memory_usage(f"shadow-sync:job:{large.id}:results", samples=0) or 0
    console.print(
        f"Redis bytes per shadow: at the end {(used_memory(redis) - before) / total:.0f} (limit 250; the results alone "
        f"{results / total:.0f}), at peak {(peak - before) / total:.0f}"
    )
    for part in watched.samples[0].resident:
        sizes = [one.resident[part] / 2**20 for one in watched.samples]
        console.print(
            f"{part}: {sizes[len(sizes) // 10]:.0f} MiB at 10 % of the time, {sizes[-1]:.0f} MiB at the end, "
            f"at most {max(sizes):.0f} MiB"
        )
    looks = {name: percentile(taken, 99) for name, taken in watched.looks.items()}
    console.print(
        f"GET job p99: {looks['large']:.1f} ms on this job, {looks['small']:.1f} ms on one of 10 shadows at the same "
        f"time; ratio {looks['large'] / looks['small']:.2f} (limit 1.5; {len(watched.looks['large'])} each)"
    )
    _compare(console, idle, watched.singles)


def _compare(console: Console, idle: Sequence[float], busy: Sequence[float]) -> None:
    for rank in (50, 99):
        alone, beside = percentile(idle, rank), percentile(busy, rank)
        console.print(
            f"single-Thing sync p{rank}: {alone:.0f} ms idle, {beside:.0f} ms during the bulk; ratio "
            f"{beside / alone:.2f}{' (limit 2)' if rank == 99 else ''} ({len(idle)} and {len(busy)} syncs)"
        )


def _watch(
    console: Console, product: Product, redis: "Redis", client: Client, large: Job, small: Job, watched: Watched
) -> None:
    began = told = time.perf_counter()
    resident, asked_for = product.resident(), began
    while True:
        jobs = {}
        for name, job in (("large", large), ("small", small)):
            asked = time.perf_counter()
            jobs[name] = client.job(job.id or "", wait=0, deadline=_deadline()).job
            watched.looks[name].append(time.perf_counter() - asked)
        now = time.perf_counter()
        ended = jobs["large"].settled
        queued = int(redis.llen(QUEUE))
        # Looking through all processes takes so long that it would be measured, too.
        if now - asked_for > RESIDENT_EVERY_SECONDS or jobs["large"].ended:
            resident, asked_for = product.resident(), now
        watched.samples.append(Sample(now - began, ended, queued, used_memory(redis), resident))
        if now - told > 20:
            told = now
            console.print(f"  {now - began:.0f} s: {ended} shadows ended, {queued} messages queued")
        if jobs["large"].ended or now - began > 3 * RUN_SECONDS:
            return
        time.sleep(EVERY_SECONDS)


def _capped(console: Console, site: Site, product: Product, names: Sequence[str], shadows: int, singles: int) -> None:
    client = Client(product.access)
    product.latencies(names[-1], 20)
    idle, beside = product.latencies(names[-1], singles), list[float]()
    urllib3.request("POST", f"{site.sandbox_url}/sandbox/reset", timeout=30.0, retries=False)
    wanted = list(names[: CAP * CAP_SECONDS // shadows])
    asked = {"things": wanted, "maxShadowsPerSecond": CAP}
    with _busy(lambda: beside.extend(product.latencies(names[-1], 1)), pause=0.2):
        _end(client, client.create_bulk(asked, deadline=_deadline()).job)
    times = _invoked_at(site, but=names[-1])
    most = max(sum(1 for at in times if begin <= at < begin + 1) for begin in times)
    by_the_clock = max(Counter(math.floor(at) for at in times).values())
    mean = (len(times) - 1) / (times[-1] - times[0])
    console.print(
        f"a cap of {CAP} shadows/s, {CAP_WORKERS} bulk workers, {len(times)} shadows: mean {mean:.1f}/s = "
        f"{100 * mean / CAP:.1f} % (limit above 95 %); busiest second by the clock {by_the_clock} = "
        f"{100 * by_the_clock / CAP:.1f} % (limit 105 %), wherever a second begins {most} = {100 * most / CAP:.1f} %"
    )
    _compare(console, idle, beside)


def _invoked_at(site: Site, *, but: str) -> list[float]:
    """When each invocation came, in seconds, but for those of one Thing."""
    found: list[dict[str, Any]] = []
    while True:
        after = found[-1]["seq"] if found else 0
        url = f"{site.sandbox_url}/sandbox/invocations?limit=1000&after={after}"
        page = urllib3.request("GET", url, timeout=30.0, retries=False).json()["invocations"]
        found += page
        if not page:
            return sorted(float(one["time"]) for one in found if one["thingName"] != but)


@contextmanager
def _busy(action: Callable[[], Any], *, pause: float) -> Iterator[None]:
    """Repeat *action* beside what is in the block."""
    over = threading.Event()

    def repeat() -> None:
        while not over.wait(pause):
            with suppress(click.ClickException):
                action()

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(60)


def _end(client: Client, job: Job) -> Job:
    while not job.ended:
        job = client.job(job.id or "", wait=30, deadline=_deadline()).job
    return job


def _rate_at(samples: Sequence[Sample], total: int, share: float) -> float:
    """Shadows per second around that share of the job: from a twentieth before it to a twentieth after."""
    first, last = (min(samples, key=lambda one: abs(one.ended - total * edge)) for edge in (share - 0.05, share + 0.05))
    return (last.ended - first.ended) / (last.seconds - first.seconds)


def percentile(seconds: Sequence[float], rank: int) -> float:
    """In milliseconds."""
    if len(seconds) < 2:
        return math.nan
    return 1000 * statistics.quantiles(seconds, n=100, method="inclusive")[rank - 1]


def used_memory(redis: "Redis") -> int:
    return int(redis.info("memory")["used_memory"])


def _deadline() -> float:
    return time.monotonic() + RUN_SECONDS


if __name__ == "__main__":
    main()
