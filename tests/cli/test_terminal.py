"""On a terminal: a real pseudo-terminal, and the command as a process of its own."""

import os
import pty
import signal
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.cli.bulk_jobs import bulk_job, progress, telling
from tests.cli.processes import COMMAND
from tests.cli.service import JOB_ID, Service, ended, shadow
from tests.waiting import until


@dataclass
class Screen:
    """All that was written to a terminal."""

    written: bytes = b""

    def text(self) -> str:
        return self.written.decode()

    def read_from(self, terminal: int) -> None:
        # At the end of the other side, Linux says EIO.
        try:
            while chunk := os.read(terminal, 4096):
                self.written += chunk
        except OSError:
            return


@pytest.fixture
def on_a_terminal(service: Service) -> Callable[..., tuple[int, str]]:
    def run(*words: str, interrupt_when: Callable[[str], bool] | None = None) -> tuple[int, str]:
        """The exit code, and what the screen got."""
        terminal, side = pty.openpty()
        environment = {**os.environ, **service.environment, "TERM": "xterm"}
        process = subprocess.Popen([COMMAND, *words], stdin=side, stdout=side, stderr=side, env=environment)
        os.close(side)
        screen = Screen()
        reader = threading.Thread(target=screen.read_from, args=(terminal,))
        reader.start()
        if interrupt_when is not None:
            until(lambda: interrupt_when(screen.text()))
            process.send_signal(signal.SIGINT)
        code = process.wait(30)
        reader.join(10)
        os.close(terminal)
        return code, screen.text()

    return run


Terminal = Callable[..., tuple[int, str]]


def test_a_terminal_gets_a_live_line_that_is_gone_at_the_end_and_an_aligned_table(
    service: Service, on_a_terminal: Terminal
) -> None:
    service.outcome = ended(shadow("a"), shadow("a-longer-name", status="failed", error="TimeoutError"))
    service.gets_to_end = 2
    code, screen = on_a_terminal("sync", "lamp")
    assert code == 1
    live, _, rest = screen.rpartition("\r\x1b[K")
    assert "lamp running: 0 of 2 shadows" in live
    assert "running" not in rest
    lines = [line.replace("\x1b[0m", "") for line in rest.splitlines()]
    assert lines[1].startswith("\x1b[32ma              delivered")
    assert lines[2].startswith("\x1b[31ma-longer-name  failed")


def test_on_a_terminal_the_service_is_asked_often_so_that_the_progress_lives(
    service: Service, on_a_terminal: Terminal
) -> None:
    service.gets_to_end = 1
    on_a_terminal("sync", "lamp")
    assert {request.headers["Prefer"] for request in service.seen[1:]} == {"wait=1"}


def test_ctrl_c_while_waiting_says_that_the_job_goes_on_and_how_to_follow_it(
    service: Service, on_a_terminal: Terminal
) -> None:
    service.gets_to_end = 1000
    code, screen = on_a_terminal("sync", "lamp", interrupt_when=lambda screen: "running" in screen)
    assert code == 130
    assert f"shadow-sync status {JOB_ID}" in screen
    assert "Traceback" not in screen


def test_ctrl_c_before_the_first_answer_is_not_told_as_a_failed_delivery(
    service: Service, on_a_terminal: Terminal
) -> None:
    service.answering.clear()
    code, screen = on_a_terminal("sync", "lamp", interrupt_when=lambda _: bool(service.seen))
    service.answering.set()
    assert code == 130
    assert "Traceback" not in screen


def test_a_job_over_many_things_gets_a_bar_that_is_gone_at_the_end_and_an_aligned_report(
    service: Service, on_a_terminal: Terminal
) -> None:
    halfway = progress(things=4, ended=1, begun=1, shadows=10, delivered=10)
    going = [bulk_job("resolving", progress=progress(), rate=None), bulk_job(progress=halfway)]
    service.canned.extend(map(telling, going))
    service.outcome = bulk_job("partial")
    code, screen = on_a_terminal("bulk", "--all", "--watch")
    assert code == 1
    live, _, rest = screen.rpartition("\r\x1b[2A\x1b[J")
    assert "50 %  running, 148 shadows/s" in live
    assert "errors: 9 ThrottlingException, 3 FunctionError" in live
    assert "50 %" not in rest
    lines = [line.replace("\x1b[0m", "").replace("\x1b[31m", "") for line in rest.splitlines()]
    assert f"job        {JOB_ID}" in lines
    assert "status     partial" in lines


def test_ctrl_c_while_watching_says_that_the_job_goes_on_and_how_to_see_or_stop_it(
    service: Service, on_a_terminal: Terminal
) -> None:
    service.canned.extend([telling(bulk_job())] * 1000)
    code, screen = on_a_terminal("bulk", "--all", "--watch", interrupt_when=lambda screen: "running" in screen)
    assert code == 130
    assert f"shadow-sync status {JOB_ID} --wait" in screen
    assert f"shadow-sync cancel {JOB_ID}" in screen
    assert "Traceback" not in screen


def test_a_list_of_jobs_is_aligned(service: Service, on_a_terminal: Terminal) -> None:
    jobs = [bulk_job(selection={"all": True}), bulk_job(selection={"thingGroup": "locks", "recursive": True})]
    service.canned.append(telling({"jobs": jobs, "nextCursor": None}))
    _, screen = on_a_terminal("jobs")
    columns = {line.index(word) for line, word in zip(screen.splitlines()[1:], ("all", "group"), strict=True)}
    assert len(columns) == 1
