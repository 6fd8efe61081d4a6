"""The routes under /admin: starting a sync, and looking at a job."""

import math
from datetime import UTC, datetime
from hashlib import sha256
from http import HTTPStatus

from flask import g, request
from flask.wrappers import Response
from flask_openapi3.blueprint import APIBlueprint
from structlog.contextvars import bind_contextvars
from werkzeug.routing import BaseConverter

from api.answers import JobAnswer
from api.auth import ADMIN_ROUTES
from api.body import read_options
from api.errors import NotFound, Unprocessable
from api.inputs import JobPath, NoOptions, NoQuery, SyncHeaders, SyncOptions, ThingPath, WaitHeaders
from api.openapi import JOB_RESPONSES, JOBS_TAG, OPTIONAL_BODY, SECURITY, SYNC_RESPONSES
from api.rules import add_rule_route
from api.settings import ApiSettings
from api.syncs import Seen, Syncs
from worker.job import Job, JobOptions, ShadowStatus
from worker.rule_report import RuleReports

JOBS_PATH = "/admin/shadow-sync-jobs"
_MAX_RETRY_AFTER_SECONDS = 10


class Rest(BaseConverter):
    """All that is left of the path, be it empty or not a name at all: what it must be is the model's business."""

    regex = r"[\s\S]*"
    part_isolating = False


def admin_routes(syncs: Syncs, rules: RuleReports, settings: ApiSettings) -> APIBlueprint:
    """The blueprint of all routes under /admin."""
    routes = APIBlueprint(ADMIN_ROUTES, __name__, abp_tags=[JOBS_TAG], abp_security=SECURITY)
    add_rule_route(routes, rules)

    @routes.post(
        "/admin/shadow-sync/<rest:thingName>",
        operation_id="syncThing",
        summary="Force-sync every named shadow of one Thing",
        responses=SYNC_RESPONSES,
        openapi_extensions=OPTIONAL_BODY,
    )
    def sync_thing(path: ThingPath, header: SyncHeaders, query: NoQuery) -> Response:
        """Answers 202 with the job at once; with `Prefer: wait=N`, 200 with the finished result if it ends in time."""
        del query
        return start(path.thing_name, header, _job_options(read_options(SyncOptions), settings))

    @routes.post(
        "/admin/shadow-drift/<rest:thingName>",
        operation_id="compareThing",
        summary="Compare every named shadow of one Thing with its row",
        responses=SYNC_RESPONSES,
    )
    def compare_thing(path: ThingPath, header: SyncHeaders, query: NoQuery) -> Response:
        """Sends nothing anywhere. Answers like a sync; `drift` counts the rows that are equal, stale, missing, orphaned
        (no shadow has that name) and ahead (of a newer version than the shadow, which was made anew).
        """
        del query
        read_options(NoOptions)
        return start(path.thing_name, header, _known(JobOptions(compare=True), settings))

    def start(thing_name: str, header: SyncHeaders, options: JobOptions) -> Response:
        wait = _granted_at_most(header, settings.max_wait_seconds)
        idempotency = _idempotency(header.idempotency_key, options)
        seen = syncs.start(thing_name, g.requester, options, idempotency=idempotency, wait=wait)
        job = _found(seen)
        finished = wait is not None and job.status.ended
        if finished and job.empty:
            raise NotFound("; ".join(job.errors))
        response = _answer(job, HTTPStatus.OK if finished else HTTPStatus.ACCEPTED)
        response.headers["Location"] = f"{JOBS_PATH}/{job.job_id}"
        applied = _wait_applied(seen, wait)
        if header.preferences.respond_async and not finished:
            applied.append("respond-async")
        if applied:
            response.headers["Preference-Applied"] = ", ".join(applied)
        if seen.replayed:
            response.headers["Idempotent-Replayed"] = "true"
        return response

    @routes.get(f"{JOBS_PATH}/<jobId>", operation_id="getJob", summary="Look at a job", responses=JOB_RESPONSES)
    def get_job(path: JobPath, header: WaitHeaders, query: NoQuery) -> Response:
        """Answers with the job as it stands; with `Prefer: wait=N`, when it has ended, or after N seconds."""
        del query
        wait = _granted_at_most(header, settings.max_wait_seconds)
        seen = syncs.look(path.job_id, wait=wait)
        response = _answer(_found(seen), HTTPStatus.OK)
        if applied := _wait_applied(seen, wait):
            response.headers["Preference-Applied"] = ", ".join(applied)
        return response

    return routes


def _granted_at_most(header: WaitHeaders, cap: int) -> int | None:
    wait = header.preferences.wait
    return None if wait is None else min(wait, cap)


def _wait_applied(seen: Seen, wait: int | None) -> list[str]:
    # Not to wait at all can always be granted.
    return [f"wait={wait}"] if seen.waited or wait == 0 else []


def _job_options(asked: SyncOptions, settings: ApiSettings) -> JobOptions:
    verify = asked.verify if "verify" in asked.model_fields_set else settings.verify
    options = JobOptions(ignore_where=asked.ignore_where, verify=verify, only_drifted=asked.only_drifted)
    return _known(options, settings)


def _known(options: JobOptions, settings: ApiSettings) -> JobOptions:
    """*options*, where it is known how to do them."""
    if (options.verify or options.needs_rows) and not settings.can_verify:
        raise Unprocessable("This service does not know where the rows are: SHADOW_SYNC_SPACETIMEDB_URL is not set.")
    return options


def _idempotency(key: str | None, options: JobOptions) -> tuple[str, str] | None:
    """The key as the store takes it, out of sight and of the requester's own, and a fingerprint of the request."""
    if key is None:
        return None
    return _digest(g.requester.email, key), _digest(request.method, request.path, repr(options))


def _digest(*parts: str) -> str:
    return sha256("\n".join(parts).encode()).hexdigest()


def _found(seen: Seen) -> Job:
    if seen.job is None:
        raise NotFound("There is no such job, or it has expired.")
    bind_contextvars(job_id=seen.job.job_id)
    return seen.job


def _answer(job: Job, status: HTTPStatus) -> Response:
    response = Response(JobAnswer.of(job).model_dump_json(by_alias=True), status.value, mimetype="application/json")
    if not job.status.ended or status == HTTPStatus.ACCEPTED:
        response.headers["Retry-After"] = str(_retry_after(job))
    return response


def _retry_after(job: Job) -> int:
    """In how many seconds the job may have ended, at the pace that it has had so far."""
    counts = job.shadow_counts
    left = counts[ShadowStatus.PENDING] + counts[ShadowStatus.RUNNING]
    done = counts["total"] - left
    if not done or job.started_at is None:
        return 1
    pace = (datetime.now(UTC) - job.started_at).total_seconds() / done
    return min(max(math.ceil(left * pace), 1), _MAX_RETRY_AFTER_SECONDS)
