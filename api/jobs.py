"""The routes of one job: looking at it, and steering it."""

from http import HTTPStatus

from flask.wrappers import Response
from flask_openapi3.blueprint import APIBlueprint

from api.body import read_options
from api.inputs import JobPath, NoOptions, NoQuery, WaitHeaders
from api.openapi import CANCEL_RESPONSES, JOB_RESPONSES, STEERING_RESPONSES
from api.respond import found, granted, respond, wait_applied
from api.syncs import Seen, Steering, Syncs
from worker.job import JobStatus

JOBS_PATH = "/admin/shadow-sync-jobs"
JOB_PATH = f"{JOBS_PATH}/<jobId>"


def add_job_routes(routes: APIBlueprint, syncs: Syncs, max_wait_seconds: int) -> None:
    @routes.get(JOB_PATH, operation_id="getJob", summary="Look at a job", responses=JOB_RESPONSES)
    def get_job(path: JobPath, header: WaitHeaders, query: NoQuery) -> Response:
        """Answers with the job as it stands; with `Prefer: wait=N`, when it has ended, or after N seconds. What this
        costs does not grow with the job.
        """
        del query
        wait = granted(header, max_wait_seconds)
        return _answer(syncs.look(path.job_id, wait=wait), wait, HTTPStatus.OK)

    def steer(how: Steering, path: JobPath, header: WaitHeaders) -> Response:
        read_options(NoOptions)
        wait = granted(header, max_wait_seconds)
        return _answer(syncs.steer(how, path.job_id, wait=wait), wait, None)

    @routes.post(f"{JOB_PATH}/cancel", operation_id="cancelJob", summary="Cancel a job", responses=CANCEL_RESPONSES)
    def cancel_job(path: JobPath, header: WaitHeaders, query: NoQuery) -> Response:
        """Nothing further is sent; the job ends when what is under way has ended. Cancelling twice is cancelling once;
        a job that has ended otherwise answers 409.
        """
        del query
        return steer("cancel", path, header)

    @routes.post(f"{JOB_PATH}/pause", operation_id="pauseJob", summary="Pause a job", responses=STEERING_RESPONSES)
    def pause_job(path: JobPath, header: WaitHeaders, query: NoQuery) -> Response:
        """What is under way ends, and nothing is begun until the job is resumed."""
        del query
        return steer("pause", path, header)

    @routes.post(f"{JOB_PATH}/resume", operation_id="resumeJob", summary="Resume a job", responses=STEERING_RESPONSES)
    def resume_job(path: JobPath, header: WaitHeaders, query: NoQuery) -> Response:
        """A paused job goes on where it was; of another there is nothing to do."""
        del query
        return steer("resume", path, header)

    @routes.post(
        f"{JOB_PATH}/confirm", operation_id="confirmJob", summary="Confirm a job", responses=STEERING_RESPONSES
    )
    def confirm_job(path: JobPath, header: WaitHeaders, query: NoQuery) -> Response:
        """A job in `awaiting_confirmation` has found so many Things that somebody has to say yes."""
        del query
        return steer("confirm", path, header)


def _answer(seen: Seen, wait: int | None, status: HTTPStatus | None) -> Response:
    """With 202 where something is still under way, unless *status* says otherwise."""
    job = found(seen)
    at_rest = job.status.ended or (job.status is JobStatus.PAUSED and not job.shadow_counts["running"])
    response = respond(job, status or (HTTPStatus.OK if at_rest else HTTPStatus.ACCEPTED))
    if applied := wait_applied(seen, wait):
        response.headers["Preference-Applied"] = ", ".join(applied)
    return response
