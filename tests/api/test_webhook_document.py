"""The OpenAPI document of an API that has a webhook."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.api.test_openapi import assert_documented
from tests.api.webhook import PATH, Webhook, event


@pytest.fixture(scope="module")
def document(shared_webhook: Webhook) -> Any:
    return shared_webhook.door.ask("GET", "/openapi.json", credentials={}).json


def test_it_is_valid_openapi_3_1(document: Any) -> None:
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_the_webhook_has_a_credential_of_its_own(document: Any) -> None:
    assert document["paths"][PATH]["post"]["security"] == [{"webhookKey": []}, {"webhookToken": []}]
    schemes = document["components"]["securitySchemes"]
    assert (schemes["webhookKey"]["in"], schemes["webhookKey"]["name"]) == ("header", "X-API-Key")
    assert schemes["webhookToken"]["scheme"] == "bearer"
    others = [path for path in document["paths"] if path != PATH]
    assert not [path for path in others if "webhook" in str(document["paths"][path])]


def test_its_examples_fit_their_schemas(document: Any) -> None:
    operation = document["paths"][PATH]["post"]
    answers = [answer["content"]["application/json"] for answer in operation["responses"].values()]
    for content in (operation["requestBody"]["content"]["application/json"], *answers):
        schema = {**content["schema"], "components": document["components"]}
        Draft202012Validator(schema).validate(content["example"])


def test_its_schema_takes_what_lands_and_its_answers_are_as_documented(document: Any, webhook: Webhook) -> None:
    schema = {"$ref": "#/components/schemas/Envelope", "components": document["components"]}
    Draft202012Validator(schema).validate(event())
    sent = event()
    answers = [webhook.deliver(sent), webhook.deliver(sent), webhook.deliver(b"{}"), webhook.deliver(sent, {})]
    answers.append(webhook.deliver(b" " * 2_000_000))
    for fault in ("energy", "unauthorized"):
        webhook.table.fail_next("CallReducer", fault)
        answers.append(webhook.deliver(event()))
    assert [answer.status for answer in answers] == [200, 200, 400, 401, 413, 503, 502]
    for answer in answers:
        assert_documented(document, answer, "post", PATH)
