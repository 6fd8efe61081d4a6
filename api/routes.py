"""The routes under /admin: starting a sync or a check. Those of a job are in jobs.py, that of the rule in rules.py."""

from hashlib import sha256
from http import HTTPStatus

from flask import g, request
from flask.wrappers import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel
from werkzeug.routing import BaseConverter

from api.auth import ADMIN_ROUTES
from api.body import read_options
from api.errors import NotFound, Unprocessable
from api.inputs import NoOptions, NoQuery, SyncHeaders, SyncOptions, ThingPath
from api.job_list import add_job_list_route
from api.jobs import JOBS_PATH, add_job_routes
from api.openapi import JOBS_TAG, OPTIONAL_BODY, SECURITY, SYNC_RESPONSES
from api.respond import found, granted, respond, wait_applied
from api.rules import add_rule_route
from api.settings import ApiSettings
from api.syncs import Syncs
from worker.job import JobOptions
from worker.job_list import JobList
from worker.rule_report import RuleReports


class Rest(BaseConverter):
    """All that is left of the path, be it empty or not a name at all: what it must be is the model's business."""

    regex = r"[\s\S]*"
    part_isolating = False


def admin_routes(syncs: Syncs, job_list: JobList, rules: RuleReports, settings: ApiSettings) -> APIBlueprint:
    """The blueprint of all routes under /admin."""
    routes = APIBlueprint(ADMIN_ROUTES, __name__, abp_tags=[JOBS_TAG], abp_security=SECURITY)

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
        asked = read_options(SyncOptions)
        return start(path.thing_name, header, _job_options(asked, settings), asked)

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
        asked = read_options(NoOptions)
        return start(path.thing_name, header, _known(JobOptions(compare=True), settings), asked)

    def start(thing_name: str, header: SyncHeaders, options: JobOptions, asked: BaseModel) -> Response:
        wait = granted(header, settings.max_wait_seconds)
        idempotency = _idempotency(header.idempotency_key, asked)
        seen = syncs.start(thing_name, g.requester, options, idempotency=idempotency, wait=wait)
        job = found(seen)
        finished = wait is not None and job.status.ended
        if finished and job.empty:
            raise NotFound("; ".join(job.errors))
        response = respond(job, HTTPStatus.OK if finished else HTTPStatus.ACCEPTED)
        response.headers["Location"] = f"{JOBS_PATH}/{job.job_id}"
        applied = wait_applied(seen, wait)
        if header.preferences.respond_async and not finished:
            applied.append("respond-async")
        if applied:
            response.headers["Preference-Applied"] = ", ".join(applied)
        if seen.replayed:
            response.headers["Idempotent-Replayed"] = "true"
        return response

    add_job_routes(routes, syncs, settings.max_wait_seconds)
    add_job_list_route(routes, job_list)
    add_rule_route(routes, rules)
    return routes


def _job_options(asked: SyncOptions, settings: ApiSettings) -> JobOptions:
    verify = asked.verify if "verify" in asked.model_fields_set else settings.verify
    options = JobOptions(ignore_where=asked.ignore_where, verify=verify, only_drifted=asked.only_drifted)
    return _known(options, settings)


def _known(options: JobOptions, settings: ApiSettings) -> JobOptions:
    """*options*, where it is known how to do them."""
    if (options.verify or options.needs_rows) and not settings.can_verify:
        raise Unprocessable("This service does not know where the rows are: SHADOW_SYNC_SPACETIMEDB_URL is not set.")
    return options


def _idempotency(key: str | None, asked: BaseModel) -> tuple[str, str] | None:
    """The key as the store takes it, out of sight and of the requester's own, and a fingerprint of the request."""
    if key is None:
        return None
    return _digest(g.requester.email, key), _digest(
        request.method, request.path, asked.model_dump_json(exclude_unset=True)
    )


def _digest(*parts: str) -> str:
    return sha256("\n".join(parts).encode()).hexdigest()
