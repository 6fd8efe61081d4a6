"""What the OpenAPI document says of the webhook, where there is one."""

from typing import Any

from flask_openapi3.models.tag import Tag
from flask_openapi3.types import ResponseDict

from api.examples import EVENT, WEBHOOK_ERRORS
from api.openapi import SCHEMA_REF, Json, answer, errors
from api.settings import ApiSettings

WEBHOOK_TAG = Tag(name="Webhook", description="For EventBridge: the end of the pipeline, where events become rows.")
WEBHOOK_SECURITY: list[dict[str, list[Any]]] = [{"webhookKey": []}, {"webhookToken": []}]
WEBHOOK_BODY: Json = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"$ref": SCHEMA_REF.format(model="Envelope")}, "example": EVENT},
        },
    }
}
WEBHOOK_RESPONSES: ResponseDict = {
    "200": answer("WebhookAnswer", "The event has landed, now or before.", example={"status": "landed"}),
    **errors(400, 401, 413, 500, 502, 503, examples=WEBHOOK_ERRORS),
}


def webhook_schemes(settings: ApiSettings) -> Json:
    return {
        "webhookKey": {
            "type": "apiKey",
            "in": "header",
            "name": settings.webhook_key_header,
            "description": "A key of the webhook, which opens nothing else.",
        },
        "webhookToken": {"type": "http", "scheme": "bearer", "description": "The same key as a bearer token."},
    }
