"""Is the process alive, and can it do its work? Open to everybody, and silent about everything else."""

from flask.wrappers import Response
from flask_openapi3.blueprint import APIBlueprint

from api.answers import Health
from api.openapi import ALIVE_RESPONSES, HEALTH_TAG, READY_RESPONSES
from worker.jobs import JobStore


def health_routes(jobs: JobStore) -> APIBlueprint:
    routes = APIBlueprint("health", __name__, abp_tags=[HEALTH_TAG])

    @routes.get("/healthz", operation_id="getHealth", summary="Is the process alive?", responses=ALIVE_RESPONSES)
    def healthz() -> Response:
        return _ok()

    @routes.get("/readyz", operation_id="getReadiness", summary="Can jobs be taken?", responses=READY_RESPONSES)
    def readyz() -> Response:
        jobs.ping()
        return _ok()

    return routes


def _ok() -> Response:
    return Response(
        Health(status="ok").model_dump_json(), mimetype="application/json", headers={"Cache-Control": "no-store"}
    )
