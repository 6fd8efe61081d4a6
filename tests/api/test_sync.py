"""What a client gets for a sync and for a look at its job, while nobody waits."""

import re
from datetime import UTC, datetime, timedelta

from tests.api.door import EMAIL, SECOND_KEY, Door, credentials
from tests.api.jobs import DELIVERED, FAILED, NO_SHADOWS, SKIPPED, Jobs
from worker.job import Outcome, ShadowStatus, Work

RFC3339_MILLISECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
NO_COUNTS = {"total": 0, "pending": 0, "running": 0, "cancelled": 0, "failed": 0}
SHADOWS = NO_COUNTS | {"delivered": 0, "skipped": 0, "landed": 0}
THINGS = NO_COUNTS | {"succeeded": 0}


def test_a_sync_is_accepted_with_the_job_and_where_to_look_at_it(door: Door) -> None:
    answer = door.sync("hub:1_a-B")
    job = answer.json
    assert answer.status == 202
    assert answer.headers["Location"] == f"/admin/shadow-sync-jobs/{job['jobId']}"
    assert 1 <= int(answer.headers["Retry-After"]) <= 10
    assert "Preference-Applied" not in answer.headers
    assert re.fullmatch("[0-9a-f]{32}", job.pop("jobId"))
    created = job.pop("createdAt")
    assert RFC3339_MILLISECONDS.fullmatch(created)
    assert abs(datetime.fromisoformat(created) - datetime.now(UTC)) < timedelta(minutes=1)
    assert job == {
        "kind": "sync",
        "status": "queued",
        "success": None,
        "thingName": "hub:1_a-B",
        "shadows": [],
        "errors": [],
        "progress": {"things": THINGS | {"total": 1, "pending": 1}, "shadows": SHADOWS},
        "drift": None,
        "selection": {"thingName": "hub:1_a-B"},
        "duplicates": 0,
        "invalid": 0,
        "options": {
            "ignoreWhere": False,
            "verify": False,
            "onlyDrifted": False,
            "dryRun": False,
            "shadows": {"include": [], "exclude": []},
            "maxShadowsPerSecond": None,
            "tolerance": None,
        },
        "comment": None,
        "rate": None,
        "estimatedEndAt": None,
        "errorClasses": [],
        "retryOf": None,
        "retriedBy": None,
        "resultsExpireAt": None,
        "requestedBy": {"email": EMAIL, "apiKey": "support"},
        "startedAt": None,
        "finishedAt": None,
    }


def test_a_worker_is_woken_for_the_job(door: Door, jobs: Jobs) -> None:
    job = door.sync("hub-1").json
    (message,) = jobs.redis.lrange("shadow-sync:interactive", 0, -1)
    assert "worker.tasks.sync_thing" in message
    assert jobs.store.lease(Work(job["jobId"], "hub-1"))


def test_a_finished_job_is_the_published_result_and_more(door: Door, jobs: Jobs) -> None:
    location = door.sync("hub-1")
    jobs.end(location.json, {"door": DELIVERED, "heating": FAILED, "light": SKIPPED})
    answer = door.ask("GET", location.headers["Location"])
    assert answer.status == 200
    assert "Retry-After" not in answer.headers
    job = answer.json
    assert (job["status"], job["success"], job["errors"]) == ("partial", False, [])
    not_asked = dict.fromkeys(("landed", "landedVersion", "landingMs", "rowVersion", "drift"))
    assert job["shadows"] == [
        not_asked
        | {
            "shadowName": "door",
            "lambdaStatusCode": 200,
            "lambdaRequestId": "lambda-1",
            "error": None,
            "status": "delivered",
            "version": 7,
            "attempts": 1,
        },
        not_asked
        | {
            "shadowName": "heating",
            "lambdaStatusCode": None,
            "lambdaRequestId": None,
            "error": "ResourceNotFoundException: no shadow",
            "status": "failed",
            "version": None,
            "attempts": 1,
        },
        not_asked
        | {
            "shadowName": "light",
            "lambdaStatusCode": None,
            "lambdaRequestId": None,
            "error": None,
            "status": "skipped",
            "version": 2,
            "attempts": 1,
        },
    ]
    assert job["progress"] == {
        "things": THINGS | {"total": 1, "failed": 1},
        "shadows": SHADOWS | {"total": 3, "delivered": 1, "failed": 1, "skipped": 1},
    }
    assert RFC3339_MILLISECONDS.fullmatch(job["startedAt"])
    assert job["createdAt"] <= job["startedAt"] <= job["finishedAt"]


def test_a_version_beyond_what_a_float_holds_keeps_every_digit(door: Door, jobs: Jobs) -> None:
    job = door.sync().json
    version = 2**53 + 1
    jobs.end(job, {"door": Outcome(status=ShadowStatus.DELIVERED, version=version, lambda_status_code=200)})
    assert door.job(job["jobId"]).json["shadows"][0]["version"] == version


def test_a_job_is_a_success_if_every_shadow_is_delivered_or_skipped(door: Door, jobs: Jobs) -> None:
    job = door.sync().json
    jobs.end(job, {"door": DELIVERED, "light": SKIPPED})
    assert door.job(job["jobId"]).json["success"] is True


def test_a_running_job_can_be_looked_at(door: Door, jobs: Jobs) -> None:
    job = door.sync().json
    jobs.list_shadows(job, ["door", "light"])
    answer = door.job(job["jobId"])
    assert (answer.status, answer.json["status"], answer.json["success"]) == (200, "running", None)
    assert answer.json["progress"]["shadows"] == SHADOWS | {"total": 2, "pending": 2}
    assert 1 <= int(answer.headers["Retry-After"]) <= 10


def test_the_job_of_a_thing_without_shadows_says_so_and_is_not_itself_missing(door: Door, jobs: Jobs) -> None:
    job = door.sync().json
    jobs.end(job, {})
    answer = door.job(job["jobId"])
    assert answer.status == 200
    assert answer.json["errors"] == [NO_SHADOWS]
    assert (answer.json["status"], answer.json["success"]) == ("failed", False)


def test_two_syncs_of_one_thing_make_two_jobs(door: Door) -> None:
    assert door.sync("hub-1").json["jobId"] != door.sync("hub-1").json["jobId"]


def test_the_job_names_the_key_that_was_used(door: Door) -> None:
    answer = door.ask("POST", "/admin/shadow-sync/hub-1", credentials=credentials(SECOND_KEY))
    assert answer.json["requestedBy"]["apiKey"] == "ops"


def test_an_answer_tells_browsers_and_caches_to_be_careful(door: Door) -> None:
    headers = door.sync().headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_the_log_has_one_line_for_a_request_without_any_credential(door: Door) -> None:
    answer = door.ask("POST", "/admin/shadow-sync/hub-1?secret=in-the-query")
    assert answer.status == 400
    answer = door.sync("hub-1")
    line = door.logged(answer.headers["X-Request-Id"])
    assert line["method"] == "POST"
    assert line["path"] == "/admin/shadow-sync/{thingName}"
    assert line["status"] == 202
    assert line["job_id"] == answer.json["jobId"]
    assert line["api_key"] == "support"
    assert line["duration_ms"] >= 0
    log = door.log_file.read_text()
    assert "in-the-query" not in log
    assert not [value for value in door.credentials.values() if value.removeprefix("Bearer ") in log]
