"""Two stages, delivered and landed, and the check that sends nothing: `shadow-sync sync --verify` and `drift`."""

import json
from typing import Any

import pytest

from tests.cli.conftest import Command
from tests.cli.service import JOB_ID, Canned, Service, ended, error, running, shadow


def compared(name: str, drift: str | None, version: int | None = 7, row: int | None = None, **more: Any) -> Any:
    fields = {"status": "skipped", "lambdaStatusCode": None, "lambdaRequestId": None}
    return shadow(name, version=version, rowVersion=row, drift=drift, **{**fields, **more})


def check(*shadows: dict[str, Any]) -> dict[str, Any]:
    """A drift check that has ended with these shadows."""
    counts = dict.fromkeys(("equal", "stale", "missing", "orphaned", "ahead"), 0)
    for each in shadows:
        if each["drift"]:
            counts[each["drift"]] += 1
    return ended(*shadows) | {"kind": "drift", "drift": counts}


def verified(*shadows: dict[str, Any]) -> dict[str, Any]:
    """A sync with `verify` that has ended with these shadows."""
    job = ended(*shadows) | {"kind": "sync", "options": {"verify": True}}
    job["progress"]["shadows"]["landed"] = sum(each["landed"] is True for each in shadows)
    if any(each["landed"] is False for each in shadows):
        job |= {"status": "partial", "success": False}
    return job


def test_a_check_whose_shadows_are_all_equal_exits_with_0_and_asks_for_no_sync(
    service: Service, command: Command
) -> None:
    service.outcome = check(compared("a", "equal", row=7), compared("b", "equal", row=7))
    result = command("drift", "lamp")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "shadow\tversion\trow version\tdrift\terror",
        "a\t7\t7\tequal\t-",
        "b\t7\t7\tequal\t-",
    ]
    assert service.seen[0].path == "/admin/shadow-drift/lamp"
    assert service.seen[0].body == b""


@pytest.mark.parametrize(
    ("differing", "line"),
    [
        (compared("b", "missing"), "b\t7\t-\tmissing\t-"),
        (compared("b", "stale", row=5), "b\t7\t5\tstale\t-"),
        (compared("b", "ahead", row=9), "b\t7\t9\tahead\t-"),
        (compared("b", "orphaned", version=None, row=5), "b\t-\t5\torphaned\t-"),
    ],
    ids=["missing", "stale", "ahead", "orphaned"],
)
def test_a_check_of_which_one_row_differs_exits_with_1_and_tells_how(
    service: Service, command: Command, differing: dict[str, Any], line: str
) -> None:
    service.outcome = check(compared("a", "equal", row=7), differing)
    result = command("drift", "lamp")
    assert result.exit_code == 1
    assert line in result.stdout.splitlines()
    assert f"2 of 2 shadows compared, 1 equal, 1 {differing['drift']} (job {JOB_ID})" in result.stderr
    assert "skipped" not in result.stderr


def test_a_shadow_that_could_not_be_compared_exits_with_1_and_the_error(service: Service, command: Command) -> None:
    failed = compared("b", None, version=None, status="failed", error="ThrottlingException: slow down")
    service.outcome = check(compared("a", "equal", row=7), failed)
    result = command("drift", "lamp")
    assert result.exit_code == 1
    assert "b\t-\t-\t-\tThrottlingException: slow down" in result.stdout.splitlines()
    assert "1 of 2 shadows compared, 1 equal, 1 failed" in result.stderr


def test_the_status_of_a_check_is_told_as_the_check_itself(service: Service, command: Command) -> None:
    service.outcome = check(compared("a", "missing"))
    result = command("status", JOB_ID)
    assert result.exit_code == 1
    assert "a\t7\t-\tmissing\t-" in result.stdout.splitlines()


def test_a_check_can_be_started_without_waiting_and_printed_as_json(service: Service, command: Command) -> None:
    service.outcome = check(compared("a", "equal", row=7))
    assert json.loads(command("drift", "lamp", "--json").stdout) == service.outcome
    service.seen.clear()
    service.gets_to_end = 5
    result = command("drift", "lamp", "--no-wait")
    assert (result.exit_code, result.stdout) == (0, f"{JOB_ID}\n")
    assert [request.method for request in service.seen] == ["POST"]


def test_a_service_that_does_not_know_where_the_rows_are_exits_with_2_and_its_words(
    service: Service, command: Command
) -> None:
    service.canned.append(error(422, "SHADOW_SYNC_SPACETIMEDB_URL is not set."))
    result = command("drift", "lamp")
    assert result.exit_code == 2
    assert "SHADOW_SYNC_SPACETIMEDB_URL is not set." in result.stderr


def test_a_sync_says_only_what_it_was_told_about_verifying_so_that_the_service_decides_the_rest(
    service: Service, command: Command
) -> None:
    command("sync", "lamp", "--no-wait", "--verify")
    command("sync", "lamp", "--no-wait", "--no-verify")
    command("sync", "lamp", "--no-wait", "--only-drifted")
    bodies = [json.loads(request.body) for request in service.seen]
    assert bodies == [{"verify": True}, {"verify": False}, {"onlyDrifted": True}]


def test_a_verified_sync_tells_delivered_and_landed_apart(service: Service, command: Command) -> None:
    late = shadow("b", landed=False, error="NotLandedError: no row")
    service.outcome = verified(shadow("a", landed=True, landedVersion=7, landingMs=120), late)
    result = command("sync", "lamp", "--verify")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "shadow\tstatus\tversion\tlanded\tlambda\trequest id\terror",
        "a\tdelivered\t7\tyes\t200\trequest-of-a\t-",
        "b\tdelivered\t7\tno\t200\trequest-of-b\tNotLandedError: no row",
    ]
    assert "2 of 2 shadows delivered, 1 landed" in result.stderr


def test_the_progress_of_a_verified_sync_counts_what_has_landed(service: Service, command: Command) -> None:
    service.outcome = verified(shadow("a", landed=True), shadow("b", landed=True))
    under_way = running(service.outcome)
    under_way["progress"]["shadows"] |= {"delivered": 2, "pending": 0, "landed": 1}
    service.canned.extend([Canned(status, json.dumps(under_way).encode()) for status in (202, 200)])
    result = command("sync", "lamp", "--verify")
    assert result.exit_code == 0
    assert result.stderr.splitlines()[0] == "lamp running: 2 of 2 shadows done, 1 landed"


def test_where_landing_was_not_asked_there_is_no_column_for_it(service: Service, command: Command) -> None:
    service.outcome = ended(shadow("a", landed=None)) | {"kind": "sync", "options": {"verify": False}}
    result = command("sync", "lamp")
    assert "landed" not in result.output
