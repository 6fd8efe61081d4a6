"""Asks for jobs of many Things, and does with them what workers would."""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.api.door import Answer, Door
from tests.api.jobs import DELIVERED, Jobs
from worker.job import Lease, Outcome, ShadowStatus, Work
from worker.job_request import Lane
from worker.jobs import JobStore
from worker.results import Results
from worker.selection import Fleet, Selections
from worker.settings import Settings

# What comes of Things: of each what comes of its shadows, or what goes wrong with itself.
Ends = Mapping[str, Mapping[str, Outcome] | str]
JOBS = "/admin/shadow-sync-jobs"
JSON = {"Content-Type": "application/json"}
THROTTLED = Outcome(status=ShadowStatus.FAILED, error="ThrottlingException: Rate exceeded")
BROKEN = Outcome(status=ShadowStatus.FAILED, error="FunctionError: TypeError", lambda_status_code=200)
# What it takes to make a job wait for its confirmation.
MANY = [f"hub-{number:04}" for number in range(1001)]
ONE_SHADOW = {"door": DELIVERED}


def select(door: Door, body: Mapping[str, Any], **headers: str) -> Answer:
    """POST a selection; underscores in the names of *headers* stand for hyphens."""
    return door.ask("POST", JOBS, headers=JSON | _named(headers), body=json.dumps(body))


def upload(door: Door, names: bytes, *, kind: str = "text/plain", query: str = "", **headers: str) -> Answer:
    sent = {"Content-Type": kind} | _named(headers)
    return door.ask("POST", f"{JOBS}?{query}" if query else JOBS, headers=sent, body=names)


def steer(door: Door, job_id: str, how: str, **headers: str) -> Answer:
    return door.ask("POST", f"{JOBS}/{job_id}/{how}", headers=_named(headers))


def retry(door: Door, job_id: str, body: Mapping[str, Any] | None = None) -> Answer:
    return door.ask("POST", f"{JOBS}/{job_id}/retry", headers=JSON, body=json.dumps(body) if body else None)


def accepted(answer: Answer) -> str:
    """The id of the job that was started."""
    assert answer.status == 202, answer.body
    job_id: str = answer.json["jobId"]
    assert answer.headers["Location"] == f"{JOBS}/{job_id}"
    return job_id


def begin(jobs: Jobs, job_id: str, thing: str) -> Lease:
    """What a worker that begins with the Thing holds."""
    lease = jobs.store.lease(Work(job_id, thing))
    if lease is None:
        # Which Things are fed first is nobody's choice, so all are, in a window that has room for them.
        JobStore(jobs.redis, Settings(window=1_000_000)).wake(Lane.BULK)
        lease = jobs.store.lease(Work(job_id, thing))
    assert lease is not None, f"{thing} is not begun"
    return lease


def end(jobs: Jobs, job_id: str, things: Ends) -> None:
    """End these Things of the job."""
    for thing, ended in things.items():
        listing = begin(jobs, job_id, thing)
        if isinstance(ended, str):
            assert jobs.store.end_listing(listing, error=ended)
            continue
        assert jobs.store.add_shadows(listing, list(ended)) is not None
        assert jobs.store.end_listing(listing)
        for shadow, outcome in ended.items():
            lease = jobs.store.lease(Work(job_id, thing, shadow))
            assert lease is not None
            assert jobs.store.finish(lease, outcome)


def find(jobs: Jobs, job_id: str, *pages: Sequence[str]) -> None:
    """Find these Things for a job that is to be resolved."""
    lease = jobs.store.lease(Work(job_id))
    assert lease is not None
    for page in pages:
        assert jobs.store.add_things(lease, page, next_page="")
    assert jobs.store.end_selection(lease)


def find_what_failed(jobs: Jobs, child_id: str) -> None:
    """What a worker does with a retry."""
    lease = jobs.store.lease(Work(child_id))
    assert lease is not None
    assert Selections(jobs.store, Results(jobs.redis), _no_aws).find(lease)


def ended_job(door: Door, jobs: Jobs, things: Ends, **options: Any) -> str:
    """The id of a job of these Things, of which that has come."""
    job_id = accepted(select(door, {"things": list(things), **options}))
    end(jobs, job_id, things)
    return job_id


def queued(jobs: Jobs, lane: Lane = Lane.BULK) -> list[tuple[str, list[str]]]:
    """The messages in the lane's queue, oldest first: task and arguments."""
    found = []
    for message in map(json.loads, reversed(jobs.redis.lrange(f"shadow-sync:{lane}", 0, -1))):
        args = json.loads(base64.b64decode(message["body"]))[0]
        found.append((message["headers"]["task"].rpartition(".")[2], args))
    return found


def due(jobs: Jobs, lane: Lane = Lane.BULK) -> set[str]:
    """What somebody will look at again, without a message."""
    members: Any = jobs.redis.zrange(f"shadow-sync:due:{lane}", 0, -1)
    return set(members)


def kept_for_good(jobs: Jobs) -> set[str]:
    """The names of what is in Redis, and does not expire; the audit is meant to stay."""
    names = {str(key) for key in jobs.redis.scan_iter("*")}
    return {name for name in names if jobs.redis.ttl(name) == -1} - {"shadow-sync:audit"}


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def _no_aws() -> Fleet:
    raise AssertionError("a retry asks AWS for nothing")
