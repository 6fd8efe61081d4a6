"""The product beside what anybody would write first, on the same sandbox, in the same run."""

import json
import platform
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence

import click
import psutil
from rich.console import Console
from rich.table import Table

from bench.site import CALLERS, IOT_MS, LAMBDA_MS, RUN_SECONDS, Measured, Site
from cli.embedded import start_sandbox
from cli.interrupts import Interrupts
from cli.product import ROOT
from cli.stack import Stack
from cli.surroundings import Login, for_the_product

EVALUATED_BYTES, EVALUATION_LIMIT = 4096, 0.25
WARM_UP = 1000
FLOOR_MS = 2 * IOT_MS + LAMBDA_MS
POOLS = {
    "threads": "--pool threads --concurrency 48",
    "prefork": "--pool prefork --concurrency 16",
}


@click.command(context_settings={"show_default": True})
@click.option("--total", default=4000, help="Shadows of the fleet.")
@click.option(
    "--shadows", default=(10, 50), multiple=True, help="Named shadows of each Thing; several: one after another."
)
@click.option("--workers", default=4, help="Worker processes: two per core of two cores, see --pools.")
@click.option("--rounds", default=3, help="How often everything is measured, in turns; the median counts.")
@click.option("--latencies", default=100, help="Single-Thing syncs to take the percentiles of.")
@click.option("--pools", is_flag=True, help="Compare the worker pools, with several numbers of processes, too.")
def main(total: int, shadows: Sequence[int], workers: int, rounds: int, latencies: int, pools: bool) -> None:
    """Measure the cost of the rule, throughput, CPU per shadow, and the latency of one Thing's sync."""
    console = Console(highlight=False, width=140)
    console.print(
        f"{psutil.cpu_count()} cores, {psutil.virtual_memory().total / 2**30:.0f} GiB, "
        f"Python {platform.python_version()}, load before {psutil.getloadavg()[0]:.1f}; "
        f"{IOT_MS} ms per IoT call, {LAMBDA_MS} ms per Lambda call"
    )
    variants = {f"shadow-sync, {workers} workers": (workers, "")}
    if pools:
        variants |= {f"  {count} x {name}": (count, text) for name, text in POOLS.items() for count in (1, 2, 4)}
    with Interrupts() as interrupts:
        _evaluation(console, interrupts)
        for size in shadows:
            things = max(1, total // size)
            console.print(f"\n{things} Things x {size} shadows")
            with Stack(ROOT, interrupts) as stack:
                site = Site.start(stack, interrupts, things=things, shadows=size)
                results = _throughput(console, site, variants, workers, size, rounds)
                with site.product(workers) as product:
                    fleet = site.things()
                    product.sync(_first(fleet, size))
                    taken = product.latencies(fleet[0], latencies)
            _report(console, results, taken, size)


def _first(fleet: list[str], shadows: int) -> list[str]:
    """Enough of a fleet that every thread has its connections before the clock runs."""
    return fleet[: max(CALLERS, WARM_UP // shadows)]


def _evaluation(console: Console, interrupts: Interrupts) -> None:
    with Stack(ROOT, interrupts) as stack:
        stack.wave()
        sandbox_url = start_sandbox(stack, "--fleet", "none")
        environment = for_the_product(
            Login(), redis_url="redis://unused", aws_url=sandbox_url, api_port=0, flower_port=0
        )
        run = subprocess.run(
            [sys.executable, "-m", "bench.evaluation", str(EVALUATED_BYTES)],
            env=environment | {"SHADOW_SYNC_LOG_LEVEL": "WARNING"},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            timeout=RUN_SECONDS,
            check=True,
        )
    told = json.loads(run.stdout)
    ms = told["ms"]
    console.print(
        f"\nthe default rule on a shadow of {told['bytes']} bytes, CPU ms: parse {ms['parse']:.3f}, "
        f"evaluate {ms['evaluate']:.3f}, serialise {ms['serialise']:.3f}; all, as a sync does it, {ms['event']:.3f}; "
        f"GetThingShadow before it {ms['get']:.3f}, by boto3 alone {ms['boto3']:.3f}; "
        f"all / GetThingShadow {ms['event'] / ms['get']:.2f}, by boto3 alone {ms['event'] / ms['boto3']:.2f} "
        f"(limit {EVALUATION_LIMIT})"
    )


def _throughput(
    console: Console, site: Site, variants: Mapping[str, tuple[int, str]], workers: int, shadows: int, rounds: int
) -> dict[str, list[Measured]]:
    """Of each variant what every round has measured."""
    fleet = site.things()
    first = _first(fleet, shadows)
    results: defaultdict[str, list[Measured]] = defaultdict(list)
    for number in range(1, rounds + 1):
        console.print(f"round {number} of {rounds}")
        # Alone in one thread it takes long, and its rate does not depend on the number of shadows.
        results["(a) boto3, 1 thread"].append(site.boto3_loop(1, fleet[: max(1, len(fleet) // 40)]))
        results["(b) boto3, 32 threads"].append(site.boto3_loop(32, fleet))
        for name, (count, options) in variants.items():
            with site.product(count, options) as product:
                product.sync(first)
                results[f"(c) {name}, a job per Thing"].append(product.sync(fleet))
        with site.product(1, bulk=workers) as product:
            product.sync_as_one(len(first) * shadows, first)
            measured = product.sync_as_one(len(fleet) * shadows)
            results[f"(c) shadow-sync, {workers} bulk workers, one job"].append(measured)
    return results


def _report(console: Console, results: Mapping[str, list[Measured]], taken: list[float], shadows: int) -> None:
    one, many, *_ = results.values()
    table = Table("", "shadows/s", "x (b)", "CPU ms/shadow", "x (a)", "of which", box=None, header_style="bold")
    for name, measured in results.items():
        # The machine drifts: what is compared was measured in the same round.
        faster = [ours.rate / theirs.rate for ours, theirs in zip(measured, many, strict=True)]
        dearer = [ours.cpu_ms / theirs.cpu_ms for ours, theirs in zip(measured, one, strict=True)]
        middle = sorted(measured, key=lambda one: one.cpu_ms)[len(measured) // 2]
        table.add_row(
            name,
            f"{statistics.median(each.rate for each in measured):.0f}",
            f"{statistics.median(faster):.2f} ({min(faster):.2f} to {max(faster):.2f})",
            f"{middle.cpu_ms:.2f}",
            f"{statistics.median(dearer):.2f}",
            ", ".join(f"{part} {1000 * cpu / middle.shadows:.2f}" for part, cpu in middle.cpu.items() if cpu),
        )
    console.print(table)
    cuts = statistics.quantiles(taken, n=100)
    p50, p99 = 1000 * cuts[49], 1000 * cuts[98]
    console.print(
        f"one Thing with {shadows} shadows, POST to finished answer: p50 {p50:.0f} ms, p99 {p99:.0f} ms; "
        f"floor (list + get + invoke) {FLOOR_MS} ms; p50 / floor {p50 / FLOOR_MS:.2f}"
    )


if __name__ == "__main__":
    main()
