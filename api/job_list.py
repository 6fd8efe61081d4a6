"""The route of all jobs."""

import base64
import binascii
import re

from flask.wrappers import Response
from flask_openapi3.blueprint import APIBlueprint

from api.errors import BadRequest
from api.inputs import JobsQuery
from api.job_answers import JobPage, JobSummary
from api.jobs import JOBS_PATH
from api.openapi import JOBS_RESPONSES
from worker.job_list import Filters, JobList, Place

_PLACE = re.compile(r"([0-9]{1,15}):([0-9a-f]{32})")


def add_job_list_route(routes: APIBlueprint, jobs: JobList) -> None:
    @routes.get(JOBS_PATH, operation_id="listJobs", summary="Look for jobs", responses=JOBS_RESPONSES)
    def list_jobs(query: JobsQuery) -> Response:
        """Newest first. With filters a page can be short, or empty, and not be the last: `nextCursor` says."""
        filters = Filters(status=query.status, thing_name=query.thing_name, email=query.email, comment=query.comment)
        found, place = jobs.page(filters, limit=query.limit, after=_place(query.cursor))
        page = JobPage(jobs=[JobSummary.of(job) for job in found], next_cursor=_cursor(place))
        return Response(page.model_dump_json(by_alias=True), mimetype="application/json")


def _cursor(place: Place | None) -> str | None:
    """Opaque, so that nobody builds on what is in it."""
    if place is None:
        return None
    return base64.urlsafe_b64encode(f"{place.created_ms}:{place.job_id}".encode()).decode().rstrip("=")


def _place(cursor: str | None) -> Place | None:
    if cursor is None:
        return None
    try:
        found = _PLACE.fullmatch(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode())
    except (binascii.Error, ValueError):
        found = None
    if found is None:
        raise BadRequest(("cursor", "must be the nextCursor of an earlier page"))
    return Place(int(found[1]), found[2])
