"""The OpenAPI document, generated from the routes and the models."""

from importlib.metadata import metadata

from flask_openapi3.models.info import Info
from flask_openapi3.models.server import Server
from flask_openapi3.openapi import OpenAPI as OpenApiApp
from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema

from api.answers import ErrorAnswer, Health, RuleAnswer, WebhookAnswer
from api.audit import AuditPage
from api.bulk_inputs import BulkRequest, RetryRequest
from api.envelope import Envelope
from api.errors import refuse_invalid
from api.inputs import SyncOptions
from api.job_answers import JobAnswer, JobPage
from api.openapi import SCHEMA_REF, SECURITY_SCHEMES, Json
from api.result_answers import ResultPage
from api.settings import ApiSettings
from api.webhook_openapi import webhook_schemes

_DESCRIPTION = """\
Reads every named shadow of an AWS IoT Thing and hands each to the Lambda function, as if the hub had republished it.

A POST is answered with a job, which can be looked at until it ends. With `Prefer: wait=N` the answer waits for the end.
Every error has the same shape, and names the request's id.
"""


class _WithoutFieldTitles(GenerateJsonSchema):
    """A field's title would only be its name once more, in capitals."""

    def field_title_should_be_set(self, schema: object) -> bool:
        del schema
        return False


def openapi_app(settings: ApiSettings) -> OpenApiApp:
    """An application without routes that will know how to document those it is given."""
    about = metadata("shadow-sync")
    has_webhook = settings.webhook_keys is not None
    servers = [
        Server(url="/", description="This service"),
        *(Server(url=url) for url in settings.docs_servers),
        Server.model_validate(
            {
                "url": "{address}",
                "description": "Another address, for the samples",
                "variables": {"address": {"default": "https://shadow-sync.example.com"}},
            }
        ),
    ]
    app = OpenApiApp(
        "api",
        info=Info(title=about["Name"], version=about["Version"], description=_DESCRIPTION),
        servers=servers,
        security_schemes=SECURITY_SCHEMES | (webhook_schemes(settings) if has_webhook else {}),
        validation_error_callback=refuse_invalid,
        doc_ui=False,
        # Flask would serve a folder named static, and there is none.
        static_folder=None,
    )
    models: list[tuple[type[BaseModel], JsonSchemaMode]] = [
        (JobAnswer, "serialization"),
        (ErrorAnswer, "serialization"),
        (Health, "serialization"),
        (JobPage, "serialization"),
        (RuleAnswer, "serialization"),
        (AuditPage, "serialization"),
        (ResultPage, "serialization"),
        (SyncOptions, "validation"),
        (BulkRequest, "validation"),
        (RetryRequest, "validation"),
    ]
    if has_webhook:
        models += [(WebhookAnswer, "serialization"), (Envelope, "validation")]
    _, schemas = models_json_schema(
        models,
        ref_template=SCHEMA_REF,
        schema_generator=_WithoutFieldTitles,
    )
    app.components_schemas.update(schemas["$defs"])
    return app


def openapi_document(app: OpenApiApp) -> Json:
    """The document of all routes that *app* has by now."""
    described = {
        (path, method): set(operation.responses)
        for path, item in app.paths.items()
        for method in ("get", "post")
        if (operation := getattr(item, method))
    }
    document: Json = app.api_doc
    # The generator adds its own idea of a validation error to every operation, and its model to the components.
    for (path, method), codes in described.items():
        responses = document["paths"][path][method]["responses"]
        for code in responses.keys() - codes:
            del responses[code]
    del document["components"]["schemas"]["ValidationErrorModel"]
    return document
