"""Which rule is in force, as the workers tell it."""

from tests.api.door import Door
from tests.api.jobs import Jobs
from worker.rule_report import RuleReport, RuleReports

PATH = "/admin/shadow-sync-rule"
REPORT = RuleReport(
    sql="SELECT * FROM '$aws/things/+/shadow/name/+/update/documents'",
    version="2016-03-23",
    topic_filter="$aws/things/+/shadow/name/+/update/documents",
    source="topic rule shadows",
)


def test_the_rule_in_force_is_told(door: Door, jobs: Jobs) -> None:
    RuleReports(jobs.redis).tell(REPORT)

    answer = door.ask("GET", PATH)

    assert answer.status == 200
    assert answer.json == {
        "sql": REPORT.sql,
        "sqlVersion": "2016-03-23",
        "topicFilter": REPORT.topic_filter,
        "source": "topic rule shadows",
    }


def test_before_any_worker_has_started_there_is_none(door: Door) -> None:
    answer = door.ask("GET", PATH)

    assert answer.status == 404
    assert "No worker has told yet" in answer.json["message"]


def test_only_those_who_may_come_in_see_it(door: Door) -> None:
    assert door.ask("GET", PATH, credentials={}).status == 401


def test_a_thing_may_be_called_like_the_path(door: Door) -> None:
    assert door.sync("shadow-sync-rule").status == 202
