"""Which job an entry of the audit names: the one that the POST started, or else the one that it was about."""

from tests.api.bulk_jobs import JOBS, retry, select, upload
from tests.api.door import Door
from tests.api.jobs import FAILED, Jobs
from tests.api.test_audit import entries


def test_the_job_in_the_path_is_told(door: Door) -> None:
    job_id = door.sync().json["jobId"]
    door.ask("POST", f"/admin/shadow-sync-jobs/{job_id}/cancel")

    assert entries(door)[0]["jobId"] == job_id
    assert entries(door)[0]["status"] == 200


def test_the_job_that_a_post_started_is_told(door: Door, jobs: Jobs) -> None:
    one = door.sync("hub-1").json
    many = select(door, {"things": ["hub-1"]}).json
    file = upload(door, b"hub-1").json
    jobs.end(one, {"door": FAILED})
    child = retry(door, one["jobId"]).json

    told = [(entry["path"], entry["jobId"], entry["status"]) for entry in entries(door)]

    assert told == [
        (f"{JOBS}/{one['jobId']}/retry", child["jobId"], 202),
        (JOBS, file["jobId"], 202),
        (JOBS, many["jobId"], 202),
        ("/admin/shadow-sync/hub-1", one["jobId"], 202),
    ]
    assert [entry["path"] for entry in entries(door, f"jobId={many['jobId']}")] == [JOBS]


def test_a_post_that_is_repeated_tells_of_the_first_ones_job(door: Door) -> None:
    for _ in range(2):
        job = select(door, {"all": True}, Idempotency_Key="again").json

    assert [entry["jobId"] for entry in entries(door)] == [job["jobId"]] * 2


def test_a_retry_that_is_refused_tells_of_the_job_that_it_was_about(door: Door) -> None:
    job_id = door.sync("hub-1").json["jobId"]
    retry(door, job_id)

    assert (entries(door)[0]["jobId"], entries(door)[0]["status"]) == (job_id, 409)
