"""The OpenAPI document: valid, complete, and true of what the API does."""

from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from api.docs import content_security_policy
from tests.api.door import Answer, Door
from tests.api.jobs import DELIVERED, FAILED, Jobs

SYNC, JOB = "/admin/shadow-sync/{thingName}", "/admin/shadow-sync-jobs/{jobId}"


@pytest.fixture(scope="module")
def document(shared_door: Door) -> Any:
    answer = shared_door.ask("GET", "/openapi.json", credentials={})
    assert answer.status == 200
    return answer.json


def operations(document: Any) -> Iterator[tuple[str, str, Any]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield method, path, operation


def assert_documented(document: Any, answer: Answer, method: str, path: str) -> None:
    """The answer's status, headers and body are as the document says."""
    documented = document["paths"][path][method]["responses"][str(answer.status)]
    schema = documented["content"]["application/json"]["schema"]
    validator = Draft202012Validator({**schema, "components": document["components"]})
    validator.validate(answer.json)
    ours = {"X-Request-Id", "Location", "Retry-After", "Preference-Applied", "Idempotent-Replayed", "WWW-Authenticate"}
    assert {name for name in answer.headers if name in ours} <= documented["headers"].keys()


def test_it_is_valid_openapi_3_1(document: Any) -> None:
    assert document["openapi"].startswith("3.1.")
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_it_names_the_product_and_its_version(document: Any) -> None:
    assert (document["info"]["title"], document["info"]["version"]) == ("shadow-sync", version("shadow-sync"))


def test_it_documents_every_route_and_no_other(document: Any) -> None:
    assert {(method, path) for method, path, _ in operations(document)} == {
        ("post", SYNC),
        ("get", JOB),
        ("get", "/admin/shadow-sync-jobs"),
        ("get", f"{JOB}/results"),
        *(("post", f"{JOB}/{how}") for how in ("cancel", "pause", "resume", "confirm", "retry")),
        ("post", "/admin/shadow-sync-jobs"),
        ("get", "/admin/shadow-sync-rule"),
        ("get", "/admin/shadow-sync-audit"),
        ("post", "/admin/shadow-drift/{thingName}"),
        ("get", "/healthz"),
        ("get", "/readyz"),
    }
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert sorted(names) == [
        *(
            "cancelJob",
            "compareThing",
            "confirmJob",
            "getHealth",
            "getJob",
            "getReadiness",
            "getResults",
            "getRule",
            "listAudit",
            "listJobs",
            "pauseJob",
            "resumeJob",
            "retryJob",
            "syncThing",
            "syncThings",
        )
    ]


def test_it_asks_for_both_credentials_under_admin_and_none_elsewhere(document: Any) -> None:
    schemes = document["components"]["securitySchemes"]
    for _, path, operation in operations(document):
        if not path.startswith("/admin/"):
            assert "security" not in operation
            continue
        pairs = [set(requirement) for requirement in operation["security"]]
        assert all(len(pair) == 2 for pair in pairs)
        keys = {schemes[name].get("name") for pair in pairs for name in pair}
        assert keys == {None, "X-Admin-API-Key", "X-API-Key"}
    assert schemes["bearerToken"]["bearerFormat"] == "JWT"


def test_it_shows_an_example_of_every_answer_that_fits_its_schema(document: Any) -> None:
    for _, _, operation in operations(document):
        for status, response in operation["responses"].items():
            content = response["content"]["application/json"]
            Draft202012Validator({**content["schema"], "components": document["components"]}).validate(
                content["example"]
            )
            assert response["description"]
            assert "X-Request-Id" in response["headers"]
            if int(status) >= 400:
                assert content["example"]["code"] == int(status)


def test_a_sync_needs_no_body_and_names_its_headers(document: Any) -> None:
    operation = document["paths"][SYNC]["post"]
    assert operation["requestBody"]["required"] is False
    parameters = {parameter["name"]: parameter for parameter in operation["parameters"]}
    assert parameters.keys() == {"thingName", "Prefer", "Idempotency-Key"}
    assert [name for name, parameter in parameters.items() if parameter["required"]] == ["thingName"]
    assert parameters["thingName"]["schema"]["pattern"] == "^[a-zA-Z0-9:_-]{1,128}$"


def test_answers_are_as_documented(document: Any, door: Door, jobs: Jobs) -> None:
    accepted = door.sync(Idempotency_Key="k", Prefer="respond-async")
    assert_documented(document, accepted, "post", SYNC)
    assert_documented(document, door.job(accepted.json["jobId"]), "get", JOB)
    jobs.end(accepted.json, {"door": DELIVERED, "light": FAILED})
    assert_documented(document, door.sync(Idempotency_Key="k", Prefer="wait=5"), "post", SYNC)
    assert_documented(document, door.job(accepted.json["jobId"], Prefer="wait=5"), "get", JOB)
    headers = {"Content-Type": "text/plain"}
    refusals = [
        door.sync("a%20b"),
        door.ask("POST", "/admin/shadow-sync/hub-1", credentials={}),
        door.sync("hub-2", Idempotency_Key="k"),
        door.ask("POST", "/admin/shadow-sync/hub-1", headers=headers, body="x"),
        door.ask("POST", "/admin/shadow-sync/hub-1", body="x" * 70_000),
        door.ask("PUT", "/admin/shadow-sync/hub-1"),
    ]
    assert [answer.status for answer in refusals] == [400, 401, 422, 415, 413, 405]
    for answer in refusals:
        assert_documented(document, answer, "post", SYNC)
    assert_documented(document, door.job("0" * 32), "get", JOB)
    assert_documented(document, door.ask("GET", "/healthz"), "get", "/healthz")
    assert_documented(document, door.ask("GET", "/readyz"), "get", "/readyz")


def test_the_page_may_send_to_the_configured_servers_and_load_from_none() -> None:
    policy = content_security_policy(("https://a.example.com/base", "http://b.example.com:8080"))
    directives = {words[0]: words[1:] for words in (directive.split() for directive in policy.split("; "))}
    assert directives["default-src"] == ["'none'"]
    assert directives["script-src"] == ["'self'"]
    assert directives["connect-src"] == ["'self'", "https://a.example.com", "http://b.example.com:8080"]
    assert not [name for name, sources in directives.items() if name != "connect-src" and "example.com" in str(sources)]


def test_the_page_carries_that_policy(door: Door) -> None:
    answer = door.ask("GET", "/docs", credentials={})
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.headers["Content-Security-Policy"] == content_security_policy(())
