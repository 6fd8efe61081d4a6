"""`shadow-sync pause`, `resume`, `confirm` and `retry`; cancel has a file of its own."""

import json

import pytest

from tests.cli.bulk_jobs import all_delivered, bulk_job, progress, telling
from tests.cli.conftest import Command
from tests.cli.service import JOB_ID, Canned, Service, error


@pytest.mark.parametrize(("verb", "status"), [("pause", "paused"), ("resume", "running"), ("confirm", "running")])
def test_a_job_is_steered_and_shown(service: Service, command: Command, verb: str, status: str) -> None:
    service.canned.append(telling(bulk_job(status)))
    result = command(verb, JOB_ID)
    assert result.exit_code == 0
    assert f"status\t{status}" in result.stdout.splitlines()
    [asked] = service.seen
    assert (asked.method, asked.path) == ("POST", f"/admin/shadow-sync-jobs/{JOB_ID}/{verb}")


@pytest.mark.parametrize("verb", ["pause", "resume", "confirm", "cancel", "retry"])
def test_what_the_jobs_state_forbids_exits_with_1_and_the_reason(service: Service, command: Command, verb: str) -> None:
    service.canned.append(error(409, "The job was cancelled."))
    result = command(verb, JOB_ID)
    assert (result.exit_code, "The job was cancelled." in result.stderr) == (1, True)


@pytest.mark.parametrize("verb", ["pause", "resume", "confirm", "cancel"])
def test_the_job_can_be_had_as_json(service: Service, command: Command, verb: str) -> None:
    service.canned.append(telling(bulk_job("paused")))
    assert json.loads(command(verb, JOB_ID, "--json").stdout) == bulk_job("paused")


def test_a_pause_tells_that_something_is_still_under_way(service: Service, command: Command) -> None:
    counts = progress(things=2, shadows=6)
    counts["shadows"]["running"] = 4
    service.canned.append(telling(bulk_job("paused", progress=counts), 202))
    assert "still under way" in command("pause", JOB_ID).stderr
    service.canned.append(telling(bulk_job("paused")))
    assert "still under way" not in command("pause", JOB_ID).stderr


def test_a_retry_prints_the_id_of_the_job_that_it_starts(service: Service, command: Command) -> None:
    service.canned.append(telling(bulk_job("queued", jobId="job-child", retryOf=JOB_ID), 202))
    result = command("retry", JOB_ID)
    assert (result.exit_code, result.stdout) == (0, "job-child\n")
    [asked] = service.seen
    assert (asked.method, asked.path) == ("POST", f"/admin/shadow-sync-jobs/{JOB_ID}/retry")
    assert asked.body == b""


def test_a_retry_can_be_confirmed_and_watched_to_its_end(service: Service, command: Command) -> None:
    service.canned.append(telling(bulk_job("queued", jobId="job-child"), 202))
    service.outcome = all_delivered(jobId="job-child")
    result = command("retry", JOB_ID, "--confirm", "--watch")
    assert result.exit_code == 0
    assert "job\tjob-child" in result.stdout.splitlines()
    assert json.loads(service.seen[0].body) == {"confirm": True}
    assert service.seen[1].path == "/admin/shadow-sync-jobs/job-child"


def test_a_broken_connection_is_tried_again_since_twice_is_once(service: Service, command: Command) -> None:
    service.canned.extend([Canned(dropped=True), telling(bulk_job("paused"))])
    assert command("pause", JOB_ID).exit_code == 0
