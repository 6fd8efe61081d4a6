"""Trying again what failed of a job, or did not land: a job of its own, of just that, linked both ways."""

from tests.api.bulk_jobs import (
    BROKEN,
    JOBS,
    MANY,
    ONE_SHADOW,
    THROTTLED,
    Ends,
    accepted,
    begin,
    due,
    end,
    ended_job,
    find_what_failed,
    queued,
    retry,
    select,
    steer,
)
from tests.api.door import EMAIL, Door, credentials
from tests.api.jobs import DELIVERED, FAILED, SKIPPED, Jobs
from tests.api.webhook import Webhook
from worker.job import Work
from worker.job_request import Lane

NOT_LISTED = "ThrottlingException: ListNamedShadowsForThing"
FLEET: Ends = {
    "hub-1": ONE_SHADOW,
    "hub-2": {"door": BROKEN, "light": DELIVERED, "attic": THROTTLED},
    "hub-3": NOT_LISTED,
    "hub-4": {"door": SKIPPED},
}


def test_only_what_failed_is_tried_again(door: Door, jobs: Jobs) -> None:
    parent = ended_job(door, jobs, FLEET)

    answer = retry(door, parent)

    child = accepted(answer)
    assert (answer.json["status"], answer.json["selection"]) == ("resolving", {"retryOf": parent})
    assert (answer.json["retryOf"], answer.json["retriedBy"], answer.json["thingName"]) == (parent, None, None)
    assert queued(jobs)[-1] == ("select_things", [child])
    find_what_failed(jobs, child)
    assert begin(jobs, child, "hub-2").only == ("attic", "door")
    assert begin(jobs, child, "hub-3").only == ()
    assert door.job(child).json["progress"]["things"]["total"] == 2


def test_parent_and_child_are_linked_both_ways(door: Door, jobs: Jobs) -> None:
    parent = ended_job(door, jobs, FLEET)
    assert (door.job(parent).json["retryOf"], door.job(parent).json["retriedBy"]) == (None, None)

    child = accepted(retry(door, parent))

    assert (door.job(parent).json["retriedBy"], door.job(child).json["retryOf"]) == (child, parent)
    listed = door.ask("GET", JOBS).json["jobs"]
    assert {job["jobId"]: (job["retryOf"], job["retriedBy"]) for job in listed} == {
        parent: (None, child),
        child: (parent, None),
    }


def test_asked_again_it_is_the_same_child(door: Door, jobs: Jobs) -> None:
    parent = ended_job(door, jobs, FLEET)
    child = accepted(retry(door, parent))

    for body in (None, {"confirm": True}):
        again = retry(door, parent, body)
        assert accepted(again) == child
        assert again.headers["Idempotent-Replayed"] == "true"
    assert sorted(jobs.ids()) == sorted([parent, child])
    find_what_failed(jobs, child)
    end(jobs, child, {"hub-2": {"door": DELIVERED, "attic": DELIVERED}, "hub-3": ONE_SHADOW})
    assert accepted(retry(door, parent)) == child


def test_after_a_child_that_was_cancelled_there_can_be_another(door: Door, jobs: Jobs) -> None:
    parent = ended_job(door, jobs, FLEET)
    child = accepted(retry(door, parent))
    steer(door, child, "cancel")

    other = accepted(retry(door, parent))

    assert other != child
    assert door.job(parent).json["retriedBy"] == other


def test_a_child_can_be_retried_itself(door: Door, jobs: Jobs) -> None:
    child = accepted(retry(door, ended_job(door, jobs, FLEET)))
    find_what_failed(jobs, child)
    end(jobs, child, {"hub-2": {"door": DELIVERED, "attic": FAILED}, "hub-3": ONE_SHADOW})

    grandchild = accepted(retry(door, child))

    find_what_failed(jobs, grandchild)
    assert begin(jobs, grandchild, "hub-2").only == ("attic",)
    end(jobs, grandchild, {})
    assert door.job(grandchild).json["retryOf"] == child


def test_a_child_is_asked_for_the_same_and_belongs_to_who_retries(door: Door, jobs: Jobs) -> None:
    asked = {"dryRun": True, "maxShadowsPerSecond": 5000.0, "comment": "outage", "shadows": {"include": ["a*", "d*"]}}
    parent = ended_job(door, jobs, FLEET, **asked)

    child = door.ask("POST", f"{JOBS}/{parent}/retry", credentials=credentials(email="bob@smartphonekey.com")).json

    assert child["options"] == door.job(parent).json["options"]
    assert child["comment"] == "outage"
    assert child["requestedBy"]["email"] == "bob@smartphonekey.com"
    assert door.job(parent).json["requestedBy"]["email"] == EMAIL
    assert jobs.store.lease(Work(child["jobId"])).options.dry_run  # type: ignore[union-attr]


def test_what_did_not_land_is_tried_again_too(webhook: Webhook, jobs: Jobs) -> None:
    parent = accepted(select(webhook.door, {"things": ["hub-1"], "verify": True}))
    end(jobs, parent, {"hub-1": {"door": DELIVERED, "light": DELIVERED}})
    lease = jobs.store.lease(Work(parent, "hub-1"))
    assert lease
    jobs.store.land(lease, {"door": 7}, late="NotLandedError: no row in 30 s")

    child = accepted(retry(webhook.door, parent))

    find_what_failed(jobs, child)
    assert begin(jobs, child, "hub-1").only == ("light",)


def test_a_single_things_job_is_retried_in_its_own_queue(door: Door, jobs: Jobs) -> None:
    job = door.sync("hub-1").json
    jobs.end(job, {"door": DELIVERED, "light": THROTTLED})

    child = accepted(retry(door, job["jobId"]))

    assert queued(jobs, Lane.INTERACTIVE)[-1] == ("select_things", [child])
    assert queued(jobs) == []
    assert due(jobs, Lane.INTERACTIVE) == {child}


def test_many_failures_wait_for_a_confirmation_unless_it_is_given(door: Door, jobs: Jobs) -> None:
    parent = ended_job(door, jobs, dict.fromkeys(MANY, "ThrottlingException: x"), confirm=True)
    child = accepted(retry(door, parent))
    find_what_failed(jobs, child)
    assert door.job(child).json["status"] == "awaiting_confirmation"
    steer(door, child, "cancel")

    confirmed = accepted(retry(door, parent, {"confirm": True}))

    find_what_failed(jobs, confirmed)
    assert door.job(confirmed).json["status"] == "queued"
    assert door.job(confirmed).json["progress"]["things"]["total"] == len(MANY)


def test_a_job_that_was_cancelled_is_retried_for_what_had_failed(door: Door, jobs: Jobs) -> None:
    parent = accepted(select(door, {"things": list(FLEET)}))
    end(jobs, parent, {"hub-2": FLEET["hub-2"]})
    steer(door, parent, "cancel")

    child = accepted(retry(door, parent))

    find_what_failed(jobs, child)
    assert door.job(child).json["progress"]["things"]["total"] == 1
