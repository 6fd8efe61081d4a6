"""`shadow-sync results`: what became of every shadow."""

import csv
import io
import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.cli.bulk_jobs import row, telling
from tests.cli.conftest import Command
from tests.cli.service import JOB_ID, Canned, Service, error

DELIVERED = row("hub-1", "lock", landed=True)
NOT_LANDED = row("hub-1", "door", landed=False, error="NotLandedError: no row")
FAILED = row("hub-2", "lock", status="failed", lambdaStatusCode=None, error="KeyError: a, b")
WITHOUT_SHADOWS = row("hub-3", None, status="failed", version=None, lambdaStatusCode=None, error="No named shadows.")
ROWS = (DELIVERED, NOT_LANDED, FAILED, WITHOUT_SHADOWS)


def page(*rows: dict[str, Any], cursor: str | None = None) -> Canned:
    return telling({"results": list(rows), "nextCursor": cursor})


def test_a_pipe_gets_a_line_of_tab_separated_cells_for_each_shadow(service: Service, command: Command) -> None:
    service.canned.append(page(*ROWS))
    result = command("results", JOB_ID)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "thing\tshadow\tstatus\tversion\tlanded\tlambda\trequest id\terror",
        "hub-1\tlock\tdelivered\t7\tyes\t200\tr-1\t-",
        "hub-1\tdoor\tdelivered\t7\tno\t200\tr-1\tNotLandedError: no row",
        "hub-2\tlock\tfailed\t7\t-\t-\tr-1\tKeyError: a, b",
        "hub-3\t-\tfailed\t-\t-\t-\tr-1\tNo named shadows.",
    ]


def test_of_what_failed_or_has_not_landed_nothing_else_is_asked_for(service: Service, command: Command) -> None:
    service.canned.extend([page(NOT_LANDED, cursor="c1"), page(FAILED)])
    assert len(command("results", JOB_ID, "--failed", "--ndjson").stdout.splitlines()) == 2
    queries = [dict(parse_qsl(urlsplit(request.path).query)) for request in service.seen]
    assert queries == [{"failed": "true", "limit": "1000"}, {"failed": "true", "limit": "1000", "cursor": "c1"}]


def test_json_lines_are_the_rows_as_the_service_told_them(service: Service, command: Command) -> None:
    rows = [{**each, "later": {"addition": 2**60}} for each in ROWS]
    service.canned.append(page(*rows))
    assert [json.loads(line) for line in command("results", JOB_ID, "--ndjson").stdout.splitlines()] == rows


def test_csv_has_a_heading_all_members_and_nothing_for_null(service: Service, command: Command) -> None:
    service.canned.extend([page(DELIVERED, NOT_LANDED, cursor="c1"), page(FAILED, WITHOUT_SHADOWS)])
    lines = list(csv.DictReader(io.StringIO(command("results", JOB_ID, "--csv").stdout)))
    spelt: dict[object, str] = {None: "", True: "true", False: "false"}
    assert lines == [
        {name: spelt[value] if value is None or isinstance(value, bool) else str(value) for name, value in each.items()}
        for each in ROWS
    ]


def test_csv_of_nothing_has_its_heading(service: Service, command: Command) -> None:
    service.canned.append(page())
    assert command("results", JOB_ID, "--csv").stdout.startswith("thingName,shadowName,status,")


def test_all_pages_are_printed_also_those_after_an_empty_one(service: Service, command: Command) -> None:
    service.canned.extend([page(DELIVERED, cursor="c 1"), page(cursor="c2"), error(503, "Not now."), page(FAILED)])
    lines = command("results", JOB_ID).stdout.splitlines()
    assert [line.split("\t")[0] for line in lines] == ["thing", "hub-1", "hub-2"]
    cursors = [dict(parse_qsl(urlsplit(request.path).query)).get("cursor") for request in service.seen]
    assert cursors == [None, "c 1", "c2", "c2"]


def test_what_has_come_is_printed_before_trouble_ends_the_rest(service: Service, command: Command) -> None:
    service.canned.extend([page(DELIVERED, cursor="c1"), error(410, "The results have expired.")])
    result = command("results", JOB_ID, "--ndjson")
    assert json.loads(result.stdout) == DELIVERED
    assert (result.exit_code, "The results have expired." in result.stderr) == (1, True)


def test_every_filter_arrives(service: Service, command: Command) -> None:
    service.canned.append(page())
    command("results", JOB_ID, "--status", "failed", "--thing", "hub-1", "--error-class", "KeyError")
    [request] = service.seen
    path = urlsplit(request.path)
    assert path.path == f"/admin/shadow-sync-jobs/{JOB_ID}/results"
    assert dict(parse_qsl(path.query)) == {
        "status": "failed",
        "thingName": "hub-1",
        "errorClass": "KeyError",
        "limit": "1000",
    }


def test_an_unknown_job_exits_with_1(service: Service, command: Command) -> None:
    service.canned.append(error(404, "There is no such job."))
    assert command("results", JOB_ID).exit_code == 1
