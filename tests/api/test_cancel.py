"""Taking a job back."""

import json

from tests.api.door import Door
from tests.api.jobs import DELIVERED, Jobs
from worker.job import Work


def test_a_job_that_nobody_has_begun_is_cancelled_at_once(door: Door) -> None:
    location = door.sync().headers["Location"]

    answer = door.ask("POST", f"{location}/cancel")

    assert answer.status == 200
    assert (answer.json["status"], answer.json["success"]) == ("cancelled", False)
    assert door.ask("POST", f"{location}/cancel").status == 200
    assert door.ask("GET", location).json["status"] == "cancelled"


def test_a_job_with_something_under_way_ends_with_it(door: Door, jobs: Jobs) -> None:
    job = door.sync().json
    jobs.list_shadows(job, ["door", "heating"])
    lease = jobs.store.lease(Work(job["jobId"], "hub-1", "door"))
    assert lease

    answer = door.ask("POST", f"/admin/shadow-sync-jobs/{job['jobId']}/cancel")

    assert answer.status == 202
    assert answer.json["progress"]["shadows"]["cancelled"] == 1
    jobs.store.finish(lease, DELIVERED)
    assert door.job(job["jobId"]).json["status"] == "cancelled"


def test_a_waiting_client_hears_of_the_end(door: Door) -> None:
    job = door.sync().json

    answer = door.ask("POST", f"/admin/shadow-sync-jobs/{job['jobId']}/cancel", headers={"Prefer": "wait=5"})

    assert (answer.status, answer.headers["Preference-Applied"]) == (200, "wait=5")


def test_a_job_that_has_ended_is_not_cancelled(door: Door, jobs: Jobs) -> None:
    job = door.sync().json
    jobs.end(job, {"door": DELIVERED})

    answer = door.ask("POST", f"/admin/shadow-sync-jobs/{job['jobId']}/cancel")

    assert (answer.status, answer.json["error"]) == (409, "Conflict")
    assert "has ended" in answer.json["message"]


def test_an_unknown_job_and_a_body_that_asks_for_something_are_refused(door: Door) -> None:
    assert door.ask("POST", f"/admin/shadow-sync-jobs/{'0' * 32}/cancel").status == 404
    assert door.ask("POST", "/admin/shadow-sync-jobs/no-id/cancel").status == 404
    body = json.dumps({"force": True})
    headers = {"Content-Type": "application/json"}
    job = door.sync().json
    assert door.ask("POST", f"/admin/shadow-sync-jobs/{job['jobId']}/cancel", headers=headers, body=body).status == 400
    assert door.job(job["jobId"]).json["status"] == "queued"
