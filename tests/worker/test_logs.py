"""What the log of a process holds at DEBUG, where libraries would write whole shadows into it."""

import json
import subprocess
import sys
from typing import Any

import pytest

LIBRARIES = ("boto3", "botocore", "urllib3", "s3transfer", "kombu", "celery", "amqp", "redis")

SCRIPT = """
import logging, sys
import structlog
from worker import logs
from worker.settings import Settings

logs.configure(Settings(log_level=sys.argv[1]))
with structlog.contextvars.bound_contextvars(job_id="job-1", thing_name="lock"):
    structlog.get_logger("worker.sync").debug("ours", delay=0.5)
    logging.getLogger("worker.sync").debug("ours of the standard library")
    structlog.get_logger("worker.sync").info("two\\nlines")
    for name in sys.argv[2:]:
        for part in (name, name + ".connectionpool"):
            logging.getLogger(part).debug("payload 4711")
            logging.getLogger(part).info("information of %s", part)
            logging.getLogger(part).warning("warning of %s", part)
structlog.get_logger("worker.sync").warning("unbound")
"""


def logged(level: str) -> list[dict[str, Any]]:
    """Every line that a process at that level writes; each must be a JSON object."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, level, *LIBRARIES], capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout == ""
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert all(isinstance(line, dict) for line in lines)
    return lines


@pytest.fixture(scope="module")
def at_debug() -> list[dict[str, Any]]:
    return logged("DEBUG")


def test_our_own_debug_records_are_written_at_debug(at_debug: list[dict[str, Any]]) -> None:
    [ours] = [line for line in at_debug if line["event"] == "ours"]

    assert (ours["level"], ours["logger"], ours["delay"]) == ("debug", "worker.sync", 0.5)
    assert ours["timestamp"].endswith("Z")


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_librarys_debug_records_are_never_written_but_what_it_says_above_is(
    at_debug: list[dict[str, Any]], library: str
) -> None:
    events = [line["event"] for line in at_debug if line["logger"].split(".")[0] == library]

    parts = (library, f"{library}.connectionpool")
    assert events == [event for part in parts for event in (f"information of {part}", f"warning of {part}")]


def test_every_line_carries_what_is_bound_and_only_while_it_is(at_debug: list[dict[str, Any]]) -> None:
    *bound, unbound = at_debug

    assert {"ours", "ours of the standard library", "two\nlines"} <= {line["event"] for line in bound}
    assert all((line["job_id"], line["thing_name"]) == ("job-1", "lock") for line in bound)
    assert unbound["event"] == "unbound"
    assert "job_id" not in unbound


def test_a_level_above_holds_for_the_libraries_too() -> None:
    lines = logged("WARNING")

    assert {line["level"] for line in lines} == {"warning"}
    assert len(lines) == 2 * len(LIBRARIES) + 1


def test_what_is_logged_can_be_caught_however_often_logs_are_configured() -> None:
    caught = """
import structlog
from structlog.testing import capture_logs
from worker import logs
from worker.settings import Settings

logger = structlog.get_logger("worker.rule")
for _ in range(2):
    logs.configure(Settings())
    logger.info("before")
with capture_logs() as lines:
    logger.info("now")
print([line["event"] for line in lines])
"""
    ended = subprocess.run([sys.executable, "-c", caught], capture_output=True, text=True, timeout=30, check=True)
    assert ended.stdout.strip() == "['now']"
