"""How a job over many Things stands: a report, and what can be done next."""

from datetime import UTC, datetime
from typing import Any

import pytest

from cli.bulk_job import BulkJob
from cli.bulk_show import hints
from cli.job import Job
from tests.cli.bulk_jobs import all_delivered, bulk_job, progress, telling
from tests.cli.conftest import Command
from tests.cli.service import JOB_ID, Service

BOTH = ["results", "retry"]


def report(stdout: str) -> dict[str, str]:
    return dict(line.split("\t", 1) for line in stdout.splitlines())


def test_the_status_of_a_job_over_many_things_is_a_report_without_a_table(service: Service, command: Command) -> None:
    options = {
        "dryRun": True,
        "ignoreWhere": True,
        "verify": True,
        "onlyDrifted": True,
        "maxShadowsPerSecond": 150.0,
        "shadows": {"include": ["lock*", "door"], "exclude": ["x*"]},
        "tolerance": {"failedPercent": 5.5, "minimum": 20},
    }
    ends = datetime(2100, 1, 1, 12, 30, 1, 5000, UTC).isoformat()
    more = {"retryOf": "job-0", "retriedBy": "job-2", "resultsExpireAt": ends, "estimatedEndAt": ends}
    service.outcome = bulk_job(options=options, duplicates=3, invalid=1, **more)
    result = command("status", JOB_ID)
    assert result.exit_code == 1
    lines = report(result.stdout)
    assert lines.pop("ends").startswith("2100-01-01T12:30:01Z, in about ")
    assert lines == {
        "job": JOB_ID,
        "status": "running (dry run)",
        "selection": "group locks and those in it",
        "left out": "3 given twice, 1 not legal",
        "options": "ignore WHERE, verify, only drifted, include lock* door, exclude x*, at most 150 shadows/s, "
        "abort when more than 5.5 % of at least 20 fail",
        "things": "2,000, 1,000 succeeded",
        "shadows": "6,000, 4,000 delivered, 12 failed",
        "rate": "148.4 shadows/s now, 151.0 shadows/s overall",
        "asked": "2026-11-23T15:18:54Z by admin@smartphonekey.com",
        "comment": "after the outage",
        "retry of": "job-0",
        "retried by": "job-2",
        "results": "until 2100-01-01T12:30:01Z",
        # The last of two.
        "error": "3 FunctionError, first hub-1/lock: FunctionError: slow down",
    }
    assert "error\t9 ThrottlingException, first hub-1/lock: ThrottlingException: slow down\n" in result.stdout


def test_what_ended_the_job_itself_is_told_once(service: Service, command: Command) -> None:
    why = "InvalidQueryException: it cannot be read"
    first = {"thingName": None, "shadowName": None, "error": why}
    classes = [{"errorClass": "InvalidQueryException", "count": 1, "first": first}]
    service.outcome = bulk_job("failed", progress=progress(), errors=[why], errorClasses=classes)
    assert [line for line in command("status", JOB_ID).stdout.splitlines() if "error" in line] == [f"error\t{why}"]


def test_the_status_of_what_was_delivered_exits_with_0(service: Service, command: Command) -> None:
    service.outcome = all_delivered()
    assert command("status", JOB_ID).exit_code == 0


def test_the_status_of_a_job_over_many_things_can_wait_for_its_end(service: Service, command: Command) -> None:
    service.canned.extend(map(telling, [bulk_job(), bulk_job(), all_delivered()]))
    result = command("status", JOB_ID, "--wait")
    assert result.exit_code == 0
    assert [request.headers.get("Prefer") for request in service.seen] == [None, "wait=10", "wait=10"]


@pytest.mark.parametrize(
    ("job", "commands"),
    [
        (bulk_job("awaiting_confirmation"), ["confirm", "cancel"]),
        (bulk_job("paused"), ["resume"]),
        (bulk_job("partial"), BOTH),
        (bulk_job("partial", retriedBy="job-2"), ["results"]),
        (bulk_job("partial", progress=progress(things=1, shadows=2, delivered=2), options={"verify": True}), BOTH),
        (bulk_job("failed", progress=progress()), []),
        (bulk_job("succeeded", progress=progress(things=1, shadows=2, delivered=2)), []),
        (bulk_job("running"), []),
    ],
    ids=["awaiting", "paused", "partial", "retried", "not-landed", "not-found", "succeeded", "running"],
)
def test_what_can_be_done_next_is_told(job: dict[str, Any], commands: list[str]) -> None:
    text = " ".join(hints(BulkJob.of(Job.parse(job))))
    known = ("confirm", "cancel", "resume", "results", "retry")
    assert [word for word in known if f"`shadow-sync {word} {JOB_ID}" in text] == sorted(commands, key=known.index)
