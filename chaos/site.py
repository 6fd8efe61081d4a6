"""What is hurt: the processes, each of which can be killed, frozen, asked to end, and started again."""

import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import click
import psutil

from chaos.aws import Aws
from chaos.network import Network
from chaos.store import Store
from chaos.valkey import Valkey
from cli.access import Access
from cli.embedded import answers
from cli.interrupts import Interrupts
from cli.part import Part
from cli.product import ROOT
from cli.stack import Stack
from cli.surroundings import inherited

READY_SECONDS, GRACE_SECONDS, POLL_SECONDS = 45.0, 15.0, 0.02
_BUG = re.compile(r'"event": "(bug|unexpected error[^"]*)"')


class SlowStartError(click.ClickException):
    """Something did not get ready in time. The message names it, and ends with what it printed last."""


@dataclass
class Site:
    """The running processes by name: ``valkey``, ``api``, ``beat``, ``worker.1``, ``bulk.1`` and so on."""

    stack: Stack
    interrupts: Interrupts
    valkey: Valkey
    network: Network
    aws: Aws
    store: Store
    access: Access
    workers: dict[str, str]
    """Names, each with its lane."""
    commands: dict[str, list[str]]
    environment: dict[str, str]
    parts: dict[str, Part] = field(default_factory=dict)
    orphaned: list[Part] = field(default_factory=list)
    _lives: int = 0
    _told: set[str] = field(default_factory=set)

    def spawn(self, name: str) -> None:
        """Start it, without waiting until it is ready."""
        self._lives += 1
        # A log of its own for each life: what an earlier one printed says nothing of this one.
        log = self.stack.folder / f"{name}-{self._lives}.log"
        environment = self.environment | {"HONCHO_PROCESS_NAME": name} if name != "valkey" else inherited()
        with self.interrupts.held():
            self.parts[name] = Part(name, self.commands[name], folder=ROOT, environment=environment, log=log)

    def kill(self, name: str) -> None:
        """SIGKILL, to it and its children."""
        with self.interrupts.held():
            self.parts.pop(name).end(deadline=0.0)

    def kill_first(self, name: str) -> list[psutil.Process]:
        """SIGKILL, to the first of its processes alone. Returns its children."""
        children = self.children(name)
        with self.interrupts.held():
            os.kill(self.parts[name].pid, signal.SIGKILL)
            self.orphaned.append(self.parts.pop(name))
        return children

    def bury(self) -> None:
        """Kill what is left of those whose first process was killed."""
        with self.interrupts.held():
            while self.orphaned:
                self.orphaned.pop().end(deadline=0.0)

    def end(self, name: str) -> float:
        """SIGTERM, and wait. Returns the seconds it took."""
        began, part = time.monotonic(), self.parts[name]
        part.terminate()
        while part.running and time.monotonic() < began + GRACE_SECONDS:
            time.sleep(POLL_SECONDS)
        self.kill(name)
        return time.monotonic() - began

    @contextmanager
    def frozen(self, name: str) -> Iterator[None]:
        """Stopped with all its children, as a machine that is out of breath, and then going on."""
        group = self.parts[name].pid
        os.killpg(group, signal.SIGSTOP)
        try:
            yield
        finally:
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGCONT)

    def children(self, name: str) -> list[psutil.Process]:
        return psutil.Process(self.parts[name].pid).children()

    def wait_until_ready(self, name: str) -> None:
        part, deadline = self.parts[name], time.monotonic() + READY_SECONDS
        while not self._is_ready(name, part):
            self.interrupts.check()
            if not part.running or time.monotonic() > deadline:
                last = "\n  ".join(list(part.lines())[-8:])
                raise SlowStartError(f"{name} {'is not ready' if part.running else 'ended'}:\n  {last}")
            time.sleep(POLL_SECONDS)

    def wait_until_whole(self) -> None:
        """All processes run, and are ready."""
        for name in self.commands:
            if name not in self.parts:
                self.spawn(name)
            self.wait_until_ready(name)

    def bugs(self) -> list[str]:
        """What the processes have logged that no fault explains, and that was not told before."""
        found = []
        for log in sorted(self.stack.folder.glob("*-*.log")):
            lines = log.read_text(errors="replace").splitlines()
            found += [f"{log.stem}: {line[:400]}" for line in lines if _BUG.search(line)]
        fresh = [line for line in found if line not in self._told]
        self._told.update(fresh)
        return fresh

    def stop(self) -> None:
        """Kill everything: nothing of it is needed any more."""
        with self.interrupts.held():
            self.bury()
            while self.parts:
                self.parts.popitem()[1].end(deadline=0.0)
            self.store.close()
            self.network.close()

    def _is_ready(self, name: str, part: Part) -> bool:
        if name == "valkey":
            return self.valkey.answers()
        if name == "api":
            return answers(f"{self.access.url}/readyz")
        sign = "beat: Starting" if name == "beat" else " ready."
        return any(sign in line for line in part.lines())
