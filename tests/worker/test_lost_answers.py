"""The server did what it was asked, and its answer was lost on the way."""

import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from redis import Redis

from tests.proxy import Proxy, proxy_to
from tests.waiting import until
from tests.worker.conftest import ADMIN, quick_settings
from worker.connection import connect
from worker.ended import EndedJobs
from worker.job import Work
from worker.job_request import one_thing
from worker.jobs import JobStore
from worker.keys import ENDED_CHANNEL


@pytest.fixture
def proxy(redis_url: str) -> Iterator[Proxy]:
    with proxy_to(urlsplit(redis_url).port or 0) as proxy:
        yield proxy


@pytest.fixture
def far_redis(proxy: Proxy) -> Iterator["Redis"]:
    client = connect(quick_settings(f"redis://127.0.0.1:{proxy.port}/0"), connections=3)
    yield client
    client.connection_pool.disconnect()


@pytest.fixture
def far_store(far_redis: "Redis", proxy: Proxy) -> JobStore:
    return JobStore(far_redis, quick_settings(f"redis://127.0.0.1:{proxy.port}/0"))


def test_a_worker_that_lost_the_answer_still_holds_its_lease_and_pays_for_one_attempt(
    far_store: JobStore, proxy: Proxy
) -> None:
    job_id, _ = far_store.create(one_thing("lock", ADMIN))
    work = Work(job_id, "lock")
    warm = far_store.lease(Work(job_id, "lock", "nothing"))

    proxy.lose_the_next_answer()
    lease = far_store.lease(work)

    assert warm is None
    assert lease
    assert (lease.attempts, lease.charged) == (1, 1)
    assert far_store.add_shadows(lease, ["a"]) == [Work(job_id, "lock", "a")]


def test_a_subscription_that_went_silent_is_made_anew(far_redis: "Redis", redis_url: str, proxy: Proxy) -> None:
    ended = EndedJobs(far_redis)
    with ended.watch("0" * 32, 5) as event:
        assert event.wait(5)  # its subscription stands
        event.clear()

        proxy.go_silent()

        assert event.wait(20), "everybody is woken when the subscription stands again"
        event.clear()
        with Redis.from_url(redis_url, socket_timeout=5) as near:
            near.publish(ENDED_CHANNEL, "0" * 32)
        assert event.wait(5)
    ended.close()
    until(lambda: not any(thread.name == "ended-jobs" for thread in threading.enumerate()))
