"""`shadow-sync cancel`: taking a job back."""

import json

from tests.cli.conftest import Command
from tests.cli.service import JOB_ID, Canned, Service, ended, error, running, shadow

JSON = {"Content-Type": "application/json"}


def cancelled() -> dict[str, object]:
    return {**ended(shadow("door"), shadow("light", status="cancelled")), "status": "cancelled", "success": False}


def test_a_job_is_cancelled_and_shown(command: Command, service: Service) -> None:
    service.canned.append(Canned(200, json.dumps(cancelled()).encode(), JSON))

    result = command("cancel", JOB_ID)

    assert result.exit_code == 0
    assert "light" in result.stdout
    [asked] = service.seen
    assert (asked.method, asked.path) == ("POST", f"/admin/shadow-sync-jobs/{JOB_ID}/cancel")


def test_what_is_still_under_way_is_told(command: Command, service: Service) -> None:
    service.canned.append(Canned(202, json.dumps(running(cancelled())).encode(), JSON))

    result = command("cancel", JOB_ID)

    assert (result.exit_code, "still under way" in result.stderr) == (0, True)


def test_a_job_that_has_ended_already_is_told_with_exit_code_1(command: Command, service: Service) -> None:
    service.canned.append(error(409, "The job has ended; there is nothing left to cancel."))

    result = command("cancel", JOB_ID)

    assert (result.exit_code, "has ended" in result.stderr) == (1, True)
