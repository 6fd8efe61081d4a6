"""`shadow-sync bulk`: a selection and options become one request, and a slip of the shell becomes none."""

import json
from typing import Any

import pytest

from tests.cli.bulk_jobs import all_delivered, bulk_job, telling
from tests.cli.conftest import Command
from tests.cli.service import JOB_ID, Canned, Service, error

QUEUED = telling(bulk_job("queued"), 202)


@pytest.mark.parametrize(
    ("words", "body"),
    [
        (["--thing", "a", "--thing", "b"], {"things": ["a", "b"]}),
        (["--group", "locks"], {"thingGroup": "locks"}),
        (["--group", "locks", "--no-recursive"], {"thingGroup": "locks", "recursive": False}),
        (["--query", "attributes.model:k9"], {"query": "attributes.model:k9"}),
        (["--all"], {"all": True}),
    ],
    ids=["things", "group", "group-alone", "query", "all"],
)
def test_each_selection_is_asked_for_as_the_service_has_it_and_nothing_else(
    service: Service, command: Command, words: list[str], body: dict[str, Any]
) -> None:
    service.canned.append(QUEUED)
    assert command("bulk", *words).exit_code == 0
    [request] = service.seen
    assert (request.method, request.path) == ("POST", "/admin/shadow-sync-jobs")
    assert request.headers["Content-Type"] == "application/json"
    assert json.loads(request.body) == body


OPTIONS = [
    *("--include", "lock*", "--include", "door", "--exclude", "x*", "--dry-run", "--ignore-where", "--no-verify"),
    *("--only-drifted", "--max-rate", "150", "--tolerate", "5.5", "--tolerate-minimum", "100"),
    *("--comment", "after the outage & all", "--confirm", "--skip-invalid"),
]


def test_every_option_arrives(service: Service, command: Command) -> None:
    service.canned.append(QUEUED)
    assert command("bulk", "--all", *OPTIONS).exit_code == 0
    assert json.loads(service.seen[0].body) == {
        "all": True,
        "shadows": {"include": ["lock*", "door"], "exclude": ["x*"]},
        "dryRun": True,
        "ignoreWhere": True,
        "verify": False,
        "onlyDrifted": True,
        "maxShadowsPerSecond": 150,
        "tolerance": {"failedPercent": 5.5, "minimum": 100},
        "comment": "after the outage & all",
        "confirm": True,
        "skipInvalid": True,
    }


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "exactly one of"),
        (["--all", "--group", "locks"], "exactly one of"),
        (["-", "--thing", "a"], "exactly one of"),
        (["--all", "--no-recursive"], "--group"),
        (["--all", "--csv"], "FILE"),
        (["--all", "--tolerate-minimum", "5"], "--tolerate"),
        (["--all", "--tolerate", "101"], "--tolerate"),
        (["--all", "--max-rate", "0"], "--max-rate"),
        (["no-such-file.txt"], "no-such-file.txt"),
        (["."], "directory"),
    ],
)
def test_a_slip_of_the_shell_exits_with_2_and_nothing_is_sent(
    service: Service, command: Command, words: list[str], told: str
) -> None:
    result = command("bulk", *words)
    assert result.exit_code == 2
    assert told in result.stderr
    assert service.seen == []


def test_without_watching_the_id_is_told_and_what_was_left_out(service: Service, command: Command) -> None:
    service.canned.append(telling(bulk_job("queued", duplicates=1200, invalid=3), 202))
    result = command("bulk", "--thing", "a")
    assert result.stdout == f"{JOB_ID}\n"
    assert "1,200 given twice, 3 not legal" in result.stderr
    assert len(service.seen) == 1


def test_json_is_the_job_and_nothing_else(service: Service, command: Command) -> None:
    service.canned.append(QUEUED)
    result = command("bulk", "--all", "--json")
    assert (result.exit_code, json.loads(result.stdout)) == (0, bulk_job("queued"))


def test_a_broken_connection_does_not_make_a_second_job(service: Service, command: Command) -> None:
    service.canned.extend([Canned(dropped=True), QUEUED])
    assert command("bulk", "--all").exit_code == 0
    assert (len(service.keys), service.jobs_made()) == (2, 1)


def test_every_bad_name_is_told_on_a_line_of_its_own(service: Service, command: Command) -> None:
    lines = [{"field": f"line {number}", "message": "is not a Thing name"} for number in (17, 19)]
    service.canned.append(error(400, "2 lines are bad; nothing was started.", details=lines))
    result = command("bulk", "-", stdin=b"a\n")
    assert result.exit_code == 2
    *_, first, second, third = result.stderr.splitlines()
    assert first == "Error: 2 lines are bad; nothing was started. (request req_1) (400)"
    assert [second.strip(), third.strip()] == ["line 17: is not a Thing name", "line 19: is not a Thing name"]


def test_watching_ends_with_a_report_and_0_when_all_is_delivered(service: Service, command: Command) -> None:
    service.canned.extend([QUEUED, telling(all_delivered())])
    result = command("bulk", "--group", "locks", "--watch")
    assert result.exit_code == 0
    report = dict(line.split("\t", 1) for line in result.stdout.splitlines())
    assert report["status"] == "succeeded"
    assert report["shadows"] == "6, 6 delivered"


@pytest.mark.parametrize("status", ["partial", "failed", "cancelled", "aborted"])
def test_watching_what_ends_otherwise_exits_with_1_and_says_how_to_go_on(
    service: Service, command: Command, status: str
) -> None:
    service.canned.extend([QUEUED, telling(bulk_job(status, errors=["More than 5 % failed."]))])
    result = command("bulk", "--all", "--watch")
    assert result.exit_code == 1
    assert f"status\t{status}" in result.stdout.splitlines()
    assert "error\tMore than 5 % failed." in result.stdout.splitlines()
    assert f"shadow-sync results {JOB_ID} --failed" in result.stderr
    assert f"shadow-sync retry {JOB_ID}" in result.stderr


def test_watching_stops_where_the_job_waits_for_its_confirmation_and_says_how_to_confirm(
    service: Service, command: Command
) -> None:
    service.canned.extend([QUEUED, telling(bulk_job("awaiting_confirmation"))])
    result = command("bulk", "--all", "--watch")
    assert result.exit_code == 1
    assert f"shadow-sync confirm {JOB_ID}" in result.stderr
    assert len(service.seen) == 2


def test_watching_longer_than_the_timeout_exits_with_1_and_the_job_goes_on(service: Service, command: Command) -> None:
    service.canned.extend([telling(bulk_job())] * 20)
    result = command("bulk", "--all", "--watch", "--timeout", "1")
    assert result.exit_code == 1
    assert f"shadow-sync status {JOB_ID} --wait" in result.stderr
