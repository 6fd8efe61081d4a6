"""The metrics of real processes: true over all of them, with nobody's name, and only where they were asked for."""

from collections.abc import Iterator
from contextlib import ExitStack

import psutil
import pytest

from api import create_app
from api.settings import ApiSettings
from sandbox import running
from tests.conftest import Valkey, free_port
from tests.operations.seen import Metrics
from tests.waiting import until
from tests.worker.alive import check
from tests.worker.processes import Process
from tests.worker.site import BEAT, BULK, WORKER, Site
from worker.counters import COUNTERS
from worker.job_request import Lane

THINGS = [f"lamp-{number}" for number in range(4)]
SHADOWS = ["config", "canary-shadow"]


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    valkey = Valkey(tmp_path_factory.mktemp("valkey"))
    valkey.start()
    yield valkey
    valkey.kill()


@pytest.fixture(scope="module")
def site(valkey: Valkey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running() as sandbox, ExitStack() as exits:
        for thing in THINGS:
            for shadow in SHADOWS:
                sandbox.seed(thing, shadow, {"pin": "canary-4711"})
        sandbox.turn(function_error_for=["canary-shadow"])
        yield Site(valkey, sandbox, tmp_path_factory.mktemp("logs"), exits)


@pytest.fixture(scope="module")
def bulk(site: Site) -> Process:
    return site.start([*BULK, "-n", "bulk@%h"])


@pytest.fixture(scope="module")
def metrics(site: Site, bulk: Process) -> Metrics:
    """Of a site with a worker for each lane, that has done a job of every Thing, and one of one Thing."""
    port = free_port()
    beat = site.start(BEAT, SHADOW_SYNC_METRICS_BIND=f"127.0.0.1:{port}")
    site.start([*WORKER, "-n", "worker@%h"])
    metrics = Metrics(port)
    beat.wait_until(metrics.answers, what="beat serves the metrics")
    for job_id in (site.ask_for_all(), site.ask(THINGS[0])):
        site.ended(job_id)
    calls = sum(operation["calls"] for operation in site.sandbox.counters().values())
    until(lambda: told(metrics) == calls, what="the workers have told of their calls")
    return metrics


def told(metrics: Metrics) -> float:
    return sum(value for (name, _), value in metrics.samples().items() if name == "shadow_sync_aws_calls_total")


def test_jobs_are_counted_by_lane_and_end(metrics: Metrics) -> None:
    for lane in Lane:
        assert metrics.value("jobs_accepted_total", lane=lane) == 1
        assert metrics.value("jobs_started_total", lane=lane) == 1
        assert metrics.by("jobs_ended_total", "status", lane=lane) == {"partial": 1}


def test_shadows_are_counted_by_lane_and_outcome(metrics: Metrics) -> None:
    things = len(THINGS)

    assert metrics.by("shadows_total", "outcome", lane="bulk") == {"delivered": things, "failed": things}
    assert metrics.by("shadows_total", "outcome", lane="interactive") == {"delivered": 1, "failed": 1}
    # Three attempts, of which the last is put off no more.
    assert metrics.value("retries_total", reason="error", lane="bulk") == 2 * things


def test_calls_to_aws_are_those_that_aws_has_counted_over_all_workers(site: Site, metrics: Metrics) -> None:
    of_the_sandbox = {operation: told["calls"] for operation, told in site.sandbox.counters().items()}
    ok = metrics.by("aws_calls_total", "operation", outcome="ok")
    errors = metrics.by("aws_calls_total", "operation", outcome="error")

    assert errors == {"Invoke": 3 * (len(THINGS) + 1)}
    assert {operation: ok[operation] + errors.get(operation, 0) for operation in ok} == of_the_sandbox


def test_a_worker_is_seen_while_it_runs(site: Site, metrics: Metrics) -> None:
    assert {lane: metrics.value("workers", lane=lane) for lane in Lane} == {Lane.INTERACTIVE: 1, Lane.BULK: 1}
    second = site.start([*BULK, "-n", "second@%h"])
    until(lambda: metrics.value("workers", lane="bulk") == 2, what="the second is seen")

    assert second.terminate() == 0

    assert metrics.value("workers", lane="bulk") == 1


def test_what_waits_for_a_worker_that_hangs_is_told_and_its_health_check_finds_it_out(
    site: Site, metrics: Metrics, bulk: Process
) -> None:
    process = psutil.Process(bulk.pid)
    process.suspend()
    try:
        # What its connections still take is lost to it, and published again.
        jobs = [site.ask_for_all() for _ in range(4)]
        until(lambda: metrics.value("queue_oldest_seconds", lane="bulk") > 1.5, what="a message grows old")
        assert metrics.value("queue_messages", lane="bulk") >= 1
        assert metrics.value("due", lane="bulk") == len(jobs)
        assert metrics.value("queue_messages", lane="interactive") == 0
        assert metrics.value("queue_oldest_seconds", lane="interactive") == 0
        assert check(site.valkey.url, "worker@%h", 1.0)[0] == 0
        code, told = check(site.valkey.url, "bulk@%h", 1.0)
    finally:
        process.resume()
    assert (code, "has taken nothing for" in told) == (1, True)
    for job_id in jobs:
        site.ended(job_id)
    assert metrics.value("due", lane="bulk") == 0
    until(lambda: check(site.valkey.url, "bulk@%h", 1.0)[0] == 0, what="it gets on")


def test_no_name_and_no_content_is_shown_and_nothing_is_counted_that_is_not_shown(site: Site, metrics: Metrics) -> None:
    _, shown = metrics.ask()

    assert not [name for name in (*THINGS, *SHADOWS, "canary", "smartphonekey") if name in shown]
    assert site.redis.hkeys("shadow-sync:counters")
    declared = {field for counter in COUNTERS for field, _ in counter.fields()}
    assert set(site.redis.hkeys("shadow-sync:counters")) <= declared


def test_nothing_else_is_at_that_address(metrics: Metrics) -> None:
    assert metrics.ask("/")[0] == 404
    assert metrics.ask("/metrics?x=1")[0] == 200


def test_while_redis_is_away_prometheus_hears_so(metrics: Metrics, valkey: Valkey) -> None:
    with valkey.frozen():
        status, told = metrics.ask()
    assert (status, told) == (503, "store unreachable: TimeoutError\n")
    until(metrics.answers, what="it answers again")


def test_an_address_that_is_taken_stops_beat_with_the_name_of_the_variable(site: Site, metrics: Metrics) -> None:
    beat = site.start(BEAT, SHADOW_SYNC_METRICS_BIND=f"127.0.0.1:{metrics.port}")

    assert beat.wait() != 0
    assert "SHADOW_SYNC_METRICS_BIND: cannot listen there" in beat.printed()
    assert "Traceback" not in beat.printed()


def test_without_an_address_beat_listens_nowhere(site: Site) -> None:
    beat = site.start(BEAT)
    # By then it has looked into the store, so it listens if it ever does.
    until(lambda: psutil.Process(beat.pid).net_connections(), what="beat reaches the store")

    assert not [one for one in psutil.Process(beat.pid).net_connections() if one.status == psutil.CONN_LISTEN]


def test_the_public_door_has_no_metrics() -> None:
    settings = ApiSettings(admin_api_keys={"ops": bytes(32)}, jwt_secret="x" * 32, metrics_bind="127.0.0.1:9808")  # type: ignore[arg-type]

    assert not [rule.rule for rule in create_app(settings).url_map.iter_rules() if "metrics" in rule.rule]
