"""How shadows and rows differ: a check that sends nothing, and a sync of only what differs."""

from collections.abc import Callable
from typing import Any

import pytest
from redis import Redis

from sandbox import Fault, RunningSandbox
from tests.worker.by_hand import Worker
from tests.worker.fakes import make_sync
from tests.worker.landing_settings import with_rows
from worker.aws import Aws
from worker.job import Drift, JobStatus, ShadowStatus
from worker.jobs import JobStore


@pytest.fixture
def make(aws: Aws, redis: "Redis", redis_url: str, sandbox: RunningSandbox) -> Callable[..., Worker]:
    def of(**changes: Any) -> Worker:
        settings = with_rows(redis_url, sandbox, **changes)
        store = JobStore(redis, settings)
        return Worker(make_sync(settings, store, aws), store)

    return of


@pytest.fixture
def worker(make: Callable[..., Worker]) -> Worker:
    return make()


def seed(sandbox: RunningSandbox) -> None:
    """Of each kind of drift a shadow, all in version 2."""
    for name in ("equal", "stale", "missing", "ahead"):
        sandbox.seed("lock", name, {"a": 1})
        sandbox.seed("lock", name, {"a": 2})
    for name, version in {"equal": 2, "stale": 1, "ahead": 3, "it's gone": 5}.items():
        sandbox.put_row("lock", name, version)


def test_a_check_lists_how_each_row_differs_and_sends_nothing(worker: Worker, sandbox: RunningSandbox) -> None:
    seed(sandbox)

    job = worker.sync("lock", compare=True)

    assert {shadow.name: (shadow.drift, shadow.outcome.version, shadow.row_version) for shadow in job.shadows} == {
        "equal": (Drift.EQUAL, 2, 2),
        "stale": (Drift.STALE, 2, 1),
        "missing": (Drift.MISSING, 2, None),
        "ahead": (Drift.AHEAD, 2, 3),
        "it's gone": (Drift.ORPHANED, None, 5),
    }
    assert (job.status, job.success) == (JobStatus.SUCCEEDED, True)
    assert (job.shadow_counts["total"], job.shadow_counts["skipped"]) == (5, 5)
    assert sandbox.invocations("lock") == []
    assert sandbox.counters()["Sql"]["calls"] == 1


def test_a_thing_of_which_only_rows_are_left_has_orphans(worker: Worker, sandbox: RunningSandbox) -> None:
    sandbox.put_row("lock", "config", 4)

    job = worker.sync("lock", compare=True)

    assert [(shadow.name, shadow.drift) for shadow in job.shadows] == [("config", Drift.ORPHANED)]


def test_a_thing_without_shadows_and_rows_is_empty(worker: Worker) -> None:
    job = worker.sync("lock", compare=True)

    assert (job.status, job.empty) == (JobStatus.FAILED, True)


def test_a_shadow_that_cannot_be_read_fails_the_check(worker: Worker, sandbox: RunningSandbox) -> None:
    sandbox.put_raw("lock", "config", b"not JSON")

    job = worker.sync("lock", compare=True)

    [shadow] = job.shadows
    assert (job.status, shadow.outcome.status, shadow.drift) == (JobStatus.FAILED, ShadowStatus.FAILED, None)


def test_only_what_has_drifted_is_sent_where_that_is_asked(worker: Worker, sandbox: RunningSandbox) -> None:
    seed(sandbox)

    job = worker.sync("lock", only_drifted=True)

    assert {shadow.name: shadow.outcome.status for shadow in job.shadows} == {
        "equal": ShadowStatus.SKIPPED,
        "stale": ShadowStatus.DELIVERED,
        "missing": ShadowStatus.DELIVERED,
        "ahead": ShadowStatus.DELIVERED,
    }
    assert sandbox.invocations("lock", "equal") == []


def test_what_the_rule_does_not_take_is_not_called_an_orphan(
    make: Callable[..., Worker], sandbox: RunningSandbox
) -> None:
    seed(sandbox)
    worker = make(rule_sql="SELECT * FROM '$aws/things/+/shadow/name/+/update/documents' WHERE topic(6) = 'equal'")

    job = worker.sync("lock", only_drifted=True)

    assert {shadow.name: (shadow.outcome.status, shadow.drift) for shadow in job.shadows} == {
        "equal": (ShadowStatus.SKIPPED, Drift.EQUAL),
        "stale": (ShadowStatus.SKIPPED, Drift.STALE),
        "missing": (ShadowStatus.SKIPPED, Drift.MISSING),
        "ahead": (ShadowStatus.SKIPPED, Drift.AHEAD),
    }


def test_rows_that_cannot_be_read_at_first_are_read_again(worker: Worker, sandbox: RunningSandbox) -> None:
    seed(sandbox)
    sandbox.fail_next("Sql", Fault.ERROR, times=2)

    assert worker.sync("lock", compare=True).status is JobStatus.SUCCEEDED


def test_a_database_that_stays_away_ends_the_check_with_the_reason(worker: Worker, sandbox: RunningSandbox) -> None:
    seed(sandbox)
    sandbox.turn(spacetimedb_error_rate=1.0)

    job = worker.sync("lock", compare=True)

    assert job.status is JobStatus.FAILED
    assert job.errors == ("SpacetimeDbUnavailable: SpacetimeDB answered 503",)
