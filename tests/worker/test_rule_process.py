"""A worker process and its rule: what stops its start, what it tells of the rule, and what the Lambda receives."""

import json
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from sandbox import RunningSandbox
from tests.conftest import Valkey
from tests.waiting import until
from tests.worker.site import BEAT, WORKER, Site
from worker.job import Job, JobStatus
from worker.job_request import JobOptions
from worker.rule_report import RuleReport, RuleReports

ACCEPTED = "$aws/things/+/shadow/name/+/update/accepted"
SQL = f"SELECT state.reported.level * 2 AS twice, topic(6) AS name FROM '{ACCEPTED}' WHERE state.reported.level > 5"


@pytest.fixture
def site(own_valkey: Valkey, sandbox: RunningSandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    sandbox.seed("lamp", "dim", {"level": 3})
    sandbox.seed("lamp", "bright", {"level": 9.5})
    with ExitStack() as exits:
        yield Site(own_valkey, sandbox, tmp_path_factory.mktemp("logs"), exits)


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT * FROM", "SHADOW_SYNC_RULE_SQL: Unexpected end at line 1, column 14; expected a string"),
        (f"SELECT get_secret('a', 'b') AS s FROM '{ACCEPTED}'", "get_secret() asks another AWS service"),
    ],
)
def test_a_rule_that_cannot_be_evaluated_stops_the_start_with_the_reason(site: Site, sql: str, reason: str) -> None:
    worker = site.start(WORKER, SHADOW_SYNC_RULE_SQL=sql)

    assert worker.wait() != 0
    assert reason in worker.printed()
    assert "Traceback" not in worker.printed()
    assert RuleReports(site.redis).read() is None


def test_the_rule_of_the_settings_is_told_and_shapes_what_the_lambda_receives(site: Site) -> None:
    worker = site.start(WORKER, SHADOW_SYNC_RULE_SQL=SQL)
    site.start(BEAT)

    report = until(RuleReports(site.redis).read, what="the worker tells its rule")
    assert report == RuleReport(sql=SQL, version="2016-03-23", topic_filter=ACCEPTED, source="SHADOW_SYNC_RULE_SQL")
    [logged] = [line for line in worker.printed().splitlines() if '"rule in force"' in line]
    assert {"sql": SQL, "version": "2016-03-23", "message": "update/accepted"}.items() <= json.loads(logged).items()

    job = site.ended(site.ask("lamp"))
    assert (job.status, job.success) == (JobStatus.SUCCEEDED, True)
    assert statuses(job) == {"bright": "delivered", "dim": "skipped"}
    assert received(site) == [b'{"twice":19,"name":"bright"}']

    ignoring = site.ended(site.ask("lamp", JobOptions(ignore_where=True)))
    assert statuses(ignoring) == {"bright": "delivered", "dim": "delivered"}
    assert b'{"twice":6,"name":"dim"}' in received(site)


def statuses(job: Job) -> dict[str, str]:
    return {shadow.name: str(shadow.outcome.status) for shadow in job.shadows}


def received(site: Site) -> list[bytes]:
    return [row["payload"] for row in site.sandbox.invocations()]
