"""Of a job that has ended its details go first, and then the rest."""

from redis import Redis

from sandbox import RunningSandbox
from tests.waiting import until
from tests.worker.conftest import quick_settings
from tests.worker.crew import Crew
from worker.aws import Aws
from worker.job_request import Lane, SelectionKind


def test_the_results_of_a_large_job_expire_before_its_counts(
    redis: "Redis", redis_url: str, aws: Aws, sandbox: RunningSandbox
) -> None:
    sandbox.seed("lock", "config", {"on": True})
    crew = Crew(quick_settings(redis_url, results_retention_seconds=1, retention_seconds=3), redis, aws)
    job_id = crew.start_with(["lock"])
    job = crew.finish(job_id)
    assert job.results_until
    assert job.finished_at
    assert (job.results_until - job.finished_at).total_seconds() == 1

    until(lambda: not crew.results.exist(job_id), what="the results expire")
    assert crew.job(job_id).shadow_counts["delivered"] == 1
    until(lambda: crew.store.read(job_id) is None, what="the job expires")
    assert list(redis.scan_iter(f"*{job_id}*")) == []


def test_what_a_job_of_one_thing_tells_stays_as_long_as_the_job(
    redis: "Redis", redis_url: str, aws: Aws, sandbox: RunningSandbox
) -> None:
    sandbox.seed("lock", "config", {"on": True})
    crew = Crew(quick_settings(redis_url, results_retention_seconds=1, retention_seconds=3), redis, aws)
    job_id = crew.start(SelectionKind.THING, "lock", lane=Lane.INTERACTIVE)
    job = crew.finish(job_id)

    assert job.results_until
    assert job.finished_at
    assert (job.results_until - job.finished_at).total_seconds() == 3
    assert redis.ttl(f"shadow-sync:job:{job_id}:results") > 1


def test_names_that_were_put_aside_for_a_job_that_never_came_are_forgotten(crew: Crew, redis: "Redis") -> None:
    crew.store.stage("1" * 32, ["lock"])

    assert 0 < redis.ttl(f"shadow-sync:job:{'1' * 32}:waiting") <= 3600
