"""`shadow-sync sync` and `status`: what a person or a script gets when the service does what it should."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.job import Job, NotAJobError
from tests.cli.conftest import Command
from tests.cli.service import JOB_ID, Canned, Service, ended, error, shadow


def test_a_sync_of_which_all_shadows_are_delivered_exits_with_0(command: Command) -> None:
    assert command("sync", "lamp").exit_code == 0


def test_a_sync_of_which_one_shadow_failed_exits_with_1_and_says_why(service: Service, command: Command) -> None:
    failure = shadow("lock", status="failed", lambdaStatusCode=None, lambdaRequestId=None, error="KeyError")
    service.outcome = ended(shadow("state"), failure)
    result = command("sync", "lamp")
    assert result.exit_code == 1
    assert "lock\tfailed\t7\t-\t-\tKeyError" in result.stdout.splitlines()


def test_a_pipe_gets_a_line_of_tab_separated_cells_for_each_shadow_and_nothing_else(
    service: Service, command: Command
) -> None:
    service.outcome = ended(shadow("a"), shadow("b", version=2**60))
    assert command("sync", "lamp").stdout.splitlines() == [
        "shadow\tstatus\tversion\tlambda\trequest id\terror",
        "a\tdelivered\t7\t200\trequest-of-a\t-",
        f"b\tdelivered\t{2**60}\t200\trequest-of-b\t-",
    ]


def test_json_on_stdout_is_the_job_as_the_service_gave_it_and_nothing_else(service: Service, command: Command) -> None:
    service.outcome = ended(shadow("a", version=2**60)) | {"later": {"addition": 1.0}}
    service.gets_to_end = 1
    result = command("sync", "lamp", "--json")
    assert json.loads(result.stdout) == service.outcome


def test_the_published_result_without_the_jobs_own_keys_is_understood(service: Service, command: Command) -> None:
    row = {"shadowName": "a", "lambdaStatusCode": 200, "lambdaRequestId": "r", "error": None}
    result = {"success": True, "thingName": "lamp", "shadows": [row], "errors": []}
    service.canned.append(Canned(200, json.dumps(result).encode()))
    answer = command("sync", "lamp")
    assert answer.exit_code == 0
    assert "a\t-\t-\t200\tr\t-" in answer.stdout.splitlines()


def test_waiting_asks_the_service_to_wait_and_asks_again_until_the_end(service: Service, command: Command) -> None:
    service.gets_to_end = 2
    assert command("sync", "lamp").exit_code == 0
    assert [request.method for request in service.seen] == ["POST", "GET", "GET"]
    assert all(request.headers["Prefer"].startswith("wait=") for request in service.seen[1:])
    assert {request.path for request in service.seen[1:]} == {f"/admin/shadow-sync-jobs/{JOB_ID}"}


def test_a_pipe_gets_a_plain_line_on_stderr_when_the_progress_changes(service: Service, command: Command) -> None:
    service.gets_to_end = 2
    lines = command("sync", "lamp").stderr.splitlines()
    assert lines == ["lamp running: 0 of 1 shadows done", f"lamp succeeded: 1 of 1 shadows delivered (job {JOB_ID})"]


def test_without_waiting_the_job_is_started_and_its_id_told(service: Service, command: Command) -> None:
    service.gets_to_end = 5
    assert command("sync", "lamp", "--no-wait").stdout == f"{JOB_ID}\n"
    service.seen.clear()
    result = command("sync", "lamp", "--no-wait", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["jobId"] == JOB_ID
    assert [request.method for request in service.seen] == ["POST"]
    assert "Prefer" not in service.seen[0].headers


def test_a_job_that_outlasts_the_timeout_exits_with_1_and_names_the_command_to_go_on_with(
    service: Service, command: Command
) -> None:
    service.gets_to_end = 1000
    result = command("sync", "lamp", "--timeout", "1")
    assert result.exit_code == 1
    assert f"shadow-sync status {JOB_ID}" in result.stderr


def test_both_credentials_are_sent_and_the_name_is_escaped(service: Service, command: Command) -> None:
    command("sync", "a:b_c-d", "--no-wait")
    [request] = service.seen
    assert request.path == "/admin/shadow-sync/a%3Ab_c-d"
    assert request.headers["Authorization"] == "Bearer the-token"
    assert request.headers["X-Admin-API-Key"] == "the-key"


def test_a_sync_asks_for_nothing_but_what_it_is_told_to(service: Service, command: Command) -> None:
    command("sync", "lamp", "--no-wait")
    command("sync", "lamp", "--no-wait", "--ignore-where")
    assert [request.body for request in service.seen] == [b"", b'{"ignoreWhere": true}']
    assert {request.headers["Content-Type"] for request in service.seen} == {"application/json"}


def test_options_win_over_the_environment(service: Service, command: Command) -> None:
    command(
        "sync",
        "lamp",
        "--api-key",
        "other-key",
        "--token",
        "other-token",
        "--no-wait",
        SHADOW_SYNC_URL=f"{service.url}/",
    )
    [request] = service.seen
    assert (request.headers["X-Admin-API-Key"], request.headers["Authorization"]) == ("other-key", "Bearer other-token")


def test_a_connection_that_breaks_after_the_post_arrived_does_not_make_a_second_job(
    service: Service, command: Command
) -> None:
    service.canned.append(Canned(dropped=True))
    assert command("sync", "lamp").exit_code == 0
    assert len(service.keys) == 2
    assert service.jobs_made() == 1


def test_two_syncs_of_the_same_thing_make_two_jobs(service: Service, command: Command) -> None:
    command("sync", "lamp")
    command("sync", "lamp")
    assert service.jobs_made() == 2


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_service_that_is_away_for_a_moment_is_asked_again(service: Service, command: Command, status: int) -> None:
    service.canned.append(error(status, "Not now."))
    assert command("sync", "lamp").exit_code == 0


def test_the_status_of_a_finished_job_has_the_same_table_and_exit_code(service: Service, command: Command) -> None:
    service.outcome = ended(shadow("a", status="failed", error="no"))
    result = command("status", JOB_ID)
    assert result.exit_code == 1
    assert "a\tfailed" in result.stdout


def test_the_status_of_a_job_that_goes_on_is_told_at_once_with_1_since_not_all_is_delivered(
    service: Service, command: Command
) -> None:
    service.gets_to_end = 5
    result = command("status", JOB_ID, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["status"] == "running"
    assert len(service.seen) == 1


def test_status_can_wait_for_the_end(service: Service, command: Command) -> None:
    service.gets_to_end = 2
    assert command("status", JOB_ID, "--wait").exit_code == 0


KEYS = st.sampled_from(["success", "shadows", "shadowName", "errors", "progress"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner),
)


@given(JSON)
def test_any_json_is_a_job_or_is_refused_as_none(body: object) -> None:
    with suppress(NotAJobError):
        assert isinstance(Job.parse(body).ended, bool)
