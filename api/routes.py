"""The routes under /admin: starting a sync or a check. Those of a job are in jobs.py, that of the rule in rules.py."""

from hashlib import sha256
from http import HTTPStatus

from flask import g, request
from flask.wrappers import Response
from flask_openapi3.blueprint import APIBlueprint
from werkzeug.routing import BaseConverter

from api.audit import add_audit_route
from api.auth import ADMIN_ROUTES
from api.body import read_options
from api.bulk import BulkOrders, add_bulk_routes, refuse_unknown_rows
from api.errors import NotFound
from api.inputs import NoOptions, NoQuery, SyncHeaders, SyncOptions, ThingPath
from api.job_list import add_job_list_route
from api.jobs import JOBS_PATH, add_job_routes
from api.openapi import JOBS_TAG, OPTIONAL_BODY, SECURITY, SYNC_RESPONSES
from api.respond import found, granted, respond, wait_applied
from api.results import add_results_route
from api.rules import add_rule_route
from api.settings import ApiSettings
from api.syncs import Syncs
from worker.audit import Audit
from worker.job_list import JobList
from worker.job_request import JobOptions, NewJob, one_thing
from worker.jobs import JobStore
from worker.results import Results
from worker.rule_report import RuleReports


class Rest(BaseConverter):
    """All that is left of the path, be it empty or not a name at all: what it must be is the model's business."""

    regex = r"[\s\S]*"
    part_isolating = False


def admin_routes(
    syncs: Syncs,
    jobs: JobStore,
    job_list: JobList,
    results: Results,
    rules: RuleReports,
    audit: Audit,
    settings: ApiSettings,
) -> APIBlueprint:
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
        job = one_thing(path.thing_name, g.requester, _job_options(asked, settings))
        return start(job, header, asked.model_dump_json(exclude_unset=True))

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
        return start(
            one_thing(path.thing_name, g.requester, refuse_unknown_rows(JobOptions(compare=True), settings)),
            header,
            "{}",
        )

    def start(new_job: NewJob, header: SyncHeaders, asked: str, *, job_id: str | None = None) -> Response:
        """*asked*: the request's body, as far as it tells this request from another of the same path."""
        wait = granted(header, settings.max_wait_seconds)
        idempotency = _idempotency(header.idempotency_key, asked)
        seen = syncs.start(new_job, job_id=job_id, idempotency=idempotency, wait=wait)
        job = found(seen)
        g.job_id = job.job_id
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

    add_bulk_routes(routes, BulkOrders(syncs, jobs, results, settings), start)
    add_results_route(routes, syncs, results)
    add_job_routes(routes, syncs, settings.max_wait_seconds)
    add_job_list_route(routes, job_list)
    add_rule_route(routes, rules)
    add_audit_route(routes, audit)
    return routes


def _job_options(asked: SyncOptions, settings: ApiSettings) -> JobOptions:
    verify = asked.verify if "verify" in asked.model_fields_set else settings.verify
    options = JobOptions(ignore_where=asked.ignore_where, verify=verify, only_drifted=asked.only_drifted)
    return refuse_unknown_rows(options, settings)


def _idempotency(key: str | None, asked: str) -> tuple[str, str] | None:
    """The key as the store takes it, out of sight and of the requester's own, and a fingerprint of the request."""
    if key is None:
        return None
    return _digest(g.requester.email, key), _digest(request.method, request.path, asked)


def _digest(*parts: str) -> str:
    return sha256("\n".join(parts).encode()).hexdigest()
