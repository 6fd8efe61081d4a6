"""No Thing is asked more often than AWS allows for one, whichever jobs are about it."""

from redis import Redis

from tests.waiting import until
from tests.worker.conftest import ADMIN, quick_settings
from worker.job import Lease, Outcome, ShadowStatus, Work
from worker.job_request import one_thing
from worker.jobs import JobStore

DELIVERED = Outcome(status=ShadowStatus.DELIVERED, version=1, lambda_status_code=200, lambda_request_id="r")
PER_SECOND = 5


def leased(store: JobStore, work: Work) -> Lease:
    return until(lambda: store.lease(work), what="its turn comes")


def test_one_thing_is_asked_no_more_than_so_often_in_any_second(redis: "Redis", redis_url: str) -> None:
    store = JobStore(redis, quick_settings(redis_url, thing_tps=PER_SECOND))
    places, taken = [], []

    def take(work: Work) -> Lease:
        lease = leased(store, work)
        places.append(float(str(redis.lindex("shadow-sync:pace:thing:lock", 0))))
        seconds, microseconds = redis.time()
        taken.append(seconds * 1000 + microseconds / 1000)
        return lease

    for _ in range(2):
        job_id, _ = store.create(one_thing("lock", ADMIN))
        lease = take(Work(job_id, "lock"))
        for work in store.add_shadows(lease, ["a", "b", "c", "d", "e"]) or []:
            store.finish(take(work), DELIVERED)
        store.end_listing(lease)

    # By the store's clock; and who comes late, as on a busy machine, is no reason for others to wait.
    assert all(later - earlier >= 1000 for earlier, later in zip(places, places[PER_SECOND:], strict=False))
    assert all(at >= place for place, at in zip(places, taken, strict=True))
    assert len(places) == 12


def test_what_has_to_wait_is_due_when_its_turn_comes_and_no_attempt(redis: "Redis", redis_url: str) -> None:
    store = JobStore(redis, quick_settings(redis_url, thing_tps=2))
    job_id, _ = store.create(one_thing("lock", ADMIN))
    lease = leased(store, Work(job_id, "lock"))
    first, second = store.add_shadows(lease, ["a", "b"]) or []
    assert store.lease(first)

    assert store.lease(second) is None

    due = redis.zscore("shadow-sync:due:interactive", f"{job_id}/lock/b")
    assert due
    seconds, microseconds = redis.time()
    assert 0.5 < due / 1000 - seconds - microseconds / 1e6 <= 1
    assert leased(store, second).attempts == 1


def test_other_things_do_not_wait(redis: "Redis", redis_url: str) -> None:
    store = JobStore(redis, quick_settings(redis_url, thing_tps=1))
    for thing_name in ("lock", "lamp", "door"):
        job_id, _ = store.create(one_thing(thing_name, ADMIN))
        assert store.lease(Work(job_id, thing_name))
