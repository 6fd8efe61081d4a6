"""The routes of one job: looking at it, and taking it back."""

from http import HTTPStatus

from flask.wrappers import Response
from flask_openapi3.blueprint import APIBlueprint

from api.body import read_options
from api.errors import Conflict
from api.inputs import JobPath, NoOptions, NoQuery, WaitHeaders
from api.openapi import CANCEL_RESPONSES, JOB_RESPONSES
from api.respond import found, granted, respond, wait_applied
from api.syncs import Syncs
from worker.job_ends import Cancelled

JOBS_PATH = "/admin/shadow-sync-jobs"


def add_job_routes(routes: APIBlueprint, syncs: Syncs, max_wait_seconds: int) -> None:
    @routes.get(f"{JOBS_PATH}/<jobId>", operation_id="getJob", summary="Look at a job", responses=JOB_RESPONSES)
    def get_job(path: JobPath, header: WaitHeaders, query: NoQuery) -> Response:
        """Answers with the job as it stands; with `Prefer: wait=N`, when it has ended, or after N seconds."""
        del query
        wait = granted(header, max_wait_seconds)
        seen = syncs.look(path.job_id, wait=wait)
        response = respond(found(seen), HTTPStatus.OK)
        if applied := wait_applied(seen, wait):
            response.headers["Preference-Applied"] = ", ".join(applied)
        return response

    @routes.post(
        f"{JOBS_PATH}/<jobId>/cancel", operation_id="cancelJob", summary="Cancel a job", responses=CANCEL_RESPONSES
    )
    def cancel_job(path: JobPath, header: WaitHeaders, query: NoQuery) -> Response:
        """Nothing further is sent; the job ends when what is under way has ended. Cancelling twice is cancelling once;
        a job that has ended otherwise answers 409.
        """
        del query
        read_options(NoOptions)
        cancelled = syncs.cancel(path.job_id)
        if cancelled is Cancelled.ENDED:
            raise Conflict("The job has ended; there is nothing left to cancel.")
        wait = granted(header, max_wait_seconds)
        seen = syncs.look(path.job_id, wait=wait)
        job = found(seen)
        response = respond(job, HTTPStatus.OK if job.status.ended else HTTPStatus.ACCEPTED)
        if applied := wait_applied(seen, wait):
            response.headers["Preference-Applied"] = ", ".join(applied)
        return response
