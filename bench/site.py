"""The surroundings of a measurement: sandbox and Valkey, and the product's processes beside them."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

import psutil
import urllib3

from cli.access import Access
from cli.client import Client
from cli.embedded import answers, start_sandbox, start_valkey
from cli.interrupts import Interrupts
from cli.part import Part
from cli.product import ROOT, procfile
from cli.stack import Stack
from cli.surroundings import Login, for_the_product, free_ports

IOT_MS, LAMBDA_MS = 20, 40
RUN_SECONDS = 300.0
WAIT_SECONDS = 30
# No more than may wait at a time at one API with its default settings.
CALLERS = 24


@dataclass(frozen=True, kw_only=True)
class Measured:
    """``cpu`` in seconds by process; ``seconds`` from the first call to the last answer."""

    shadows: int
    seconds: float
    cpu: dict[str, float]

    @property
    def rate(self) -> float:
        """Shadows per second."""
        return self.shadows / self.seconds

    @property
    def cpu_ms(self) -> float:
        """CPU milliseconds per shadow."""
        return 1000 * sum(self.cpu.values()) / self.shadows


@dataclass
class Site:
    """A sandbox with a fleet, and what the product is started with on it."""

    interrupts: Interrupts
    sandbox_url: str
    redis_url: str
    login: Login = field(default_factory=Login)

    @classmethod
    def start(cls, stack: Stack, interrupts: Interrupts, *, things: int, shadows: int, latency: bool = True) -> "Site":
        stack.wave()
        latencies = ("--iot-latency-ms", str(IOT_MS), "--lambda-latency-ms", str(LAMBDA_MS)) if latency else ()
        sandbox_url = start_sandbox(stack, "--fleet", f"{things}x{shadows}", *latencies)
        return cls(interrupts, sandbox_url, start_valkey(stack))

    def things(self) -> list[str]:
        answer = urllib3.request("GET", f"{self.sandbox_url}/sandbox/things", timeout=10.0, retries=False)
        return list(answer.json()["things"])

    def environment(self, api_port: int) -> dict[str, str]:
        # What is measured is the product, and not the caps that keep it from using up a real account's quotas.
        caps = {"IOT_TPS": "100000", "LAMBDA_TPS": "100000", "THING_TPS": "1000"}
        uncapped = {f"SHADOW_SYNC_{name}": cap for name, cap in caps.items()}
        return uncapped | for_the_product(
            self.login, redis_url=self.redis_url, aws_url=self.sandbox_url, api_port=api_port, flower_port=0
        )

    def boto3_loop(self, threads: int, things: Sequence[str]) -> Measured:
        run = subprocess.run(
            [sys.executable, "-m", "bench.boto3_loop", str(threads), *things],
            env=self.environment(0),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            timeout=RUN_SECONDS,
            check=True,
        )
        told = json.loads(run.stdout)
        return Measured(shadows=told["shadows"], seconds=told["seconds"], cpu={"boto3": told["cpu"]})

    @contextmanager
    def product(self, workers: int, worker_options: str = "", *, bulk: int = 0) -> Iterator["Product"]:
        """API, beat, *workers* worker processes and *bulk* of those for bulk jobs, as the Procfile starts them. No
        Flower: it is optional.
        """
        with Stack(ROOT, self.interrupts) as stack:
            stack.wave()
            yield self._start(stack, workers, worker_options, bulk)

    def _start(self, stack: Stack, workers: int, worker_options: str, bulk: int) -> "Product":
        [port] = free_ports(1)
        lines = procfile()
        commands = {"api": lines["api"], "beat": lines["beat"]}
        commands |= {f"worker.{n}": f"{lines['worker']} {worker_options}" for n in range(1, workers + 1)}
        commands |= {f"bulk.{n}": lines["bulk"] for n in range(1, bulk + 1)}
        parts = {
            name: stack.start(
                name,
                ["/bin/sh", "-c", f"exec {command}"],
                self.environment(port) | {"HONCHO_PROCESS_NAME": name},
            )
            for name, command in commands.items()
        }
        url = f"http://127.0.0.1:{port}"
        for name, part in parts.items():
            stack.wait_for(part, lambda name=name, part=part: _ready(name, part, url))  # type: ignore[misc]
        return Product(self.login.access(url), parts, _valkey())


@dataclass(frozen=True)
class Product:
    """The running product."""

    access: Access
    parts: dict[str, Part]
    valkey: psutil.Process | None

    def cpu(self) -> dict[str, float]:
        """CPU seconds so far, by process, children included."""
        seconds = {name.partition(".")[0]: 0.0 for name in self.parts}
        for name, part in self.parts.items():
            process = psutil.Process(part.pid)
            for one in [process, *process.children(recursive=True)]:
                seconds[name.partition(".")[0]] += _cpu(one)
        return {**seconds, "valkey": _cpu(self.valkey) if self.valkey else 0.0}

    def resident(self) -> dict[str, int]:
        """Resident bytes, by process, children included."""
        sizes = dict.fromkeys(self.parts, 0)
        for name, part in self.parts.items():
            process = psutil.Process(part.pid)
            sizes[name] = sum(one.memory_info().rss for one in [process, *process.children(recursive=True)])
        return sizes

    def sync(self, things: Sequence[str]) -> Measured:
        """Sync all *things*, one job each, from the first POST to the end of the last job. Each of CALLERS at a time
        asks for one job, waits for its end as ``Prefer: wait`` offers, and asks for the next.
        """
        left = SimpleQueue[str]()
        for thing in things:
            left.put(thing)
        before, began = self.cpu(), time.perf_counter()
        with ThreadPoolExecutor(CALLERS) as callers:
            shadows = sum(callers.map(lambda _: self._sync(left), range(CALLERS)))
        seconds = time.perf_counter() - began
        after = self.cpu()
        return Measured(shadows=shadows, seconds=seconds, cpu={name: after[name] - before[name] for name in after})

    def sync_as_one(self, shadows: int, things: Sequence[str] | None = None) -> Measured:
        """Sync *things*, None is the whole fleet, which have so many *shadows*, as one bulk job, from the POST to its
        end.
        """
        selection = {"all": True, "confirm": True} if things is None else {"things": list(things)}
        client, before, began = Client(self.access), self.cpu(), time.perf_counter()
        deadline = time.monotonic() + RUN_SECONDS
        job = client.create_bulk(selection, deadline=deadline).job
        while not job.ended:
            job = client.job(job.id or "", wait=WAIT_SECONDS, deadline=deadline).job
        seconds, after = time.perf_counter() - began, self.cpu()
        if not job.success or job.settled != shadows:
            raise RuntimeError(f"{job.status}: {job.settled} of {shadows}")
        return Measured(shadows=shadows, seconds=seconds, cpu={name: after[name] - before[name] for name in after})

    def _sync(self, left: "SimpleQueue[str]") -> int:
        """Sync Things until none is left. Returns the number of their shadows."""
        client, shadows = Client(self.access), 0
        deadline = time.monotonic() + RUN_SECONDS
        with suppress(Empty):
            while True:
                job = client.create_job(left.get_nowait(), wait=WAIT_SECONDS, deadline=deadline).job
                while not job.ended:
                    job = client.job(job.id or "", wait=WAIT_SECONDS, deadline=deadline).job
                if not job.success:
                    raise RuntimeError(f"{job.thing}: {job.status}")
                shadows += len(job.shadows)
        return shadows

    def latencies(self, thing: str, times: int) -> list[float]:
        """Seconds from POST to the finished answer, with ``Prefer: wait``, one after another."""
        client, taken = Client(self.access), []
        for _ in range(times):
            began = time.perf_counter()
            job = client.create_job(thing, wait=30, deadline=time.monotonic() + RUN_SECONDS).job
            taken.append(time.perf_counter() - began)
            if not job.success:
                raise RuntimeError(f"{job.thing}: {job.status}")
        return taken


def _ready(name: str, part: Part, url: str) -> bool:
    if name == "api":
        return answers(f"{url}/readyz")
    sign = " ready." if name.startswith(("worker", "bulk")) else "beat: Starting"
    return any(sign in line for line in part.lines())


def _valkey() -> psutil.Process | None:
    """Valkey's process, where we started it."""
    return next((child for child in psutil.Process().children() if child.name().startswith("valkey")), None)


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
