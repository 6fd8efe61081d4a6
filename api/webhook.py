"""Where EventBridge's API destination delivers the updates of shadows. It has a credential of its own."""

from flask.wrappers import Response
from flask_openapi3.blueprint import APIBlueprint
from structlog.contextvars import bind_contextvars

from api.answers import WebhookAnswer
from api.auth import WEBHOOK_ROUTES
from api.body import read_body
from api.envelope import Envelope, parse_envelope
from api.landings import Landings
from api.webhook_openapi import WEBHOOK_BODY, WEBHOOK_RESPONSES, WEBHOOK_SECURITY, WEBHOOK_TAG

WEBHOOK_PATH = "/admin/shadow-webhook"
# An entry of PutEvents has 1 MiB at most, and EventBridge puts its envelope around that.
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html
MAX_EVENT_BYTES = 1024 * 1024 + 64 * 1024


def webhook_routes(landings: Landings) -> APIBlueprint:
    """The blueprint of the webhook; `require_credentials` knows it by its name."""
    routes = APIBlueprint(WEBHOOK_ROUTES, __name__, abp_tags=[WEBHOOK_TAG], abp_security=WEBHOOK_SECURITY)

    @routes.post(
        WEBHOOK_PATH,
        operation_id="landEvent",
        summary="Land the update of a named shadow",
        responses=WEBHOOK_RESPONSES,
        openapi_extensions=WEBHOOK_BODY,
    )
    def land_event() -> Response:
        """For EventBridge's API destination. Answers within 5 seconds; with 400 or 413 only what will never work, since
        EventBridge drops that, while it tries everything else again.
        """
        body = read_body(MAX_EVENT_BYTES)
        bind_contextvars(bytes=len(body))
        event = parse_envelope(body)
        _bind(event)
        landing = landings.land(event)
        bind_contextvars(outcome=landing)
        return Response(WebhookAnswer(status=landing).model_dump_json(), mimetype="application/json")

    return routes


def _bind(event: Envelope) -> None:
    """So that the request's line in the log tells what it was about."""
    update = event.detail
    bind_contextvars(
        event_id=event.id, thing_name=update.thing_name, shadow_name=update.shadow_name, version=update.version
    )
