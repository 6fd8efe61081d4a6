"""Who may deliver: whoever has a key of the webhook, which opens nothing else, as nothing else opens the webhook."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.api.door import KEY, Answer, Door, credentials, token
from tests.api.webhook import OLD_KEY, PATH, WEBHOOK_KEY, Webhook, event, running_webhook


def assert_unauthorized(answer: Answer) -> None:
    body: Any = answer.json
    assert (answer.status, body["success"], body["error"], body["code"]) == (401, False, "Unauthorized", 401)
    assert body["message"] == "A valid key of the webhook is required."
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"X-API-Key": WEBHOOK_KEY}, id="header"),
        pytest.param({"x-api-key": OLD_KEY}, id="the key that is being replaced"),
        pytest.param({"Authorization": f"Bearer {WEBHOOK_KEY}"}, id="bearer token"),
        pytest.param({"Authorization": f"bearer {OLD_KEY}"}, id="bearer in lower case"),
        pytest.param({"Authorization": f"Bearer {WEBHOOK_KEY}", "X-API-Key": WEBHOOK_KEY}, id="both alike"),
        pytest.param({"Authorization": "Basic eDp5", "X-API-Key": WEBHOOK_KEY}, id="beside another scheme"),
    ],
)
def test_a_key_of_the_webhook_is_let_in(webhook: Webhook, headers: dict[str, str]) -> None:
    assert webhook.deliver(event(), headers).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="none"),
        pytest.param({"X-API-Key": ""}, id="empty"),
        pytest.param({"X-API-Key": "wrong"}, id="wrong"),
        pytest.param({"X-API-Key": f"{WEBHOOK_KEY}x"}, id="one character more"),
        pytest.param({"X-API-Key": "new"}, id="a label"),
        pytest.param({"X-API-Key": KEY}, id="an admin's key"),
        pytest.param(credentials(), id="an admin's key and token"),
        pytest.param({"Authorization": f"Bearer {token()}", "X-API-Key": KEY}, id="an admin's, the other header"),
        pytest.param({"X-Admin-API-Key": WEBHOOK_KEY}, id="in the admins' header"),
        pytest.param({"Authorization": f"Basic {WEBHOOK_KEY}"}, id="another scheme"),
        pytest.param({"Authorization": WEBHOOK_KEY}, id="no scheme"),
        pytest.param({"Authorization": "Bearer"}, id="no token"),
        pytest.param({"Authorization": f"Bearer {OLD_KEY}", "X-API-Key": WEBHOOK_KEY}, id="two good keys that differ"),
        pytest.param({"Authorization": "Bearer wrong", "X-API-Key": WEBHOOK_KEY}, id="one good, one wrong"),
        pytest.param({"Authorization": "Bearer \xff\xfe"}, id="not ASCII"),
    ],
)
def test_nobody_else_is_let_in_and_nothing_lands(webhook: Webhook, headers: dict[str, str]) -> None:
    assert_unauthorized(webhook.deliver(event(), headers))
    assert webhook.versions() == {}


def test_a_stranger_is_answered_however_large_the_event(webhook: Webhook) -> None:
    assert_unauthorized(webhook.deliver(event(reportedState=f'"{"x" * 1_000_000}"'), {"X-API-Key": "wrong"}))


@pytest.mark.parametrize(
    "path", ["/admin/shadow-sync/hub-1", f"/admin/shadow-sync-jobs/{'0' * 32}", "/admin", "/admin/x"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_webhooks_key_opens_nothing_but_the_webhook(webhook: Webhook, method: str, path: str) -> None:
    for sent in (
        {"X-API-Key": WEBHOOK_KEY},
        {"Authorization": f"Bearer {WEBHOOK_KEY}"},
        {"Authorization": f"Bearer {token()}", "X-API-Key": WEBHOOK_KEY},
        {"Authorization": f"Bearer {WEBHOOK_KEY}", "X-API-Key": KEY},
    ):
        answer = webhook.door.ask(method, path, credentials=sent)
        assert answer.status == 401
        assert answer.json["message"] == "A valid bearer token and a valid API key are required."


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", PATH),
        ("PUT", PATH),
        ("POST", f"{PATH}/"),
        ("POST", f"{PATH}/x"),
        ("POST", f"{PATH}s"),
        ("POST", "/admin//shadow-webhook"),
        ("POST", "/admin/x/../shadow-webhook"),
    ],
)
def test_only_the_webhook_itself_is_open_to_its_key(webhook: Webhook, method: str, path: str) -> None:
    answer = webhook.door.ask(method, path, credentials={"X-API-Key": WEBHOOK_KEY}, body=b"{}")
    assert answer.status == 401
    assert answer.json["message"] == "A valid bearer token and a valid API key are required."


def test_an_admin_learns_that_the_webhook_takes_no_other_method(webhook: Webhook) -> None:
    answer = webhook.door.ask("GET", PATH)
    assert (answer.status, answer.json["error"]) == (405, "Method Not Allowed")


def test_admins_come_in_beside_a_webhook_as_ever(webhook: Webhook) -> None:
    assert webhook.door.sync().status == 202


def test_the_header_of_the_key_can_have_another_name(redis_url: str, tmp_path: Path) -> None:
    with running_webhook(redis_url, tmp_path, WEBHOOK_KEY_HEADER="X-Hook") as webhook:
        assert webhook.deliver(event(), {"x-hook": WEBHOOK_KEY}).status == 200
        assert_unauthorized(webhook.deliver(event(), {"X-API-Key": WEBHOOK_KEY}))
        schemes = webhook.door.ask("GET", "/openapi.json", credentials={}).json["components"]["securitySchemes"]
        assert schemes["webhookKey"]["name"] == "X-Hook"


def test_a_key_that_was_withdrawn_is_refused(redis_url: str, tmp_path: Path) -> None:
    only_new = f"new:{sha256(WEBHOOK_KEY.encode()).hexdigest()}"
    with running_webhook(redis_url, tmp_path, WEBHOOK_KEYS=only_new) as webhook:
        assert webhook.deliver(event()).status == 200
        assert_unauthorized(webhook.deliver(event(), {"X-API-Key": OLD_KEY}))


def test_where_it_is_not_configured_there_is_no_webhook(door: Door) -> None:
    assert door.ask("POST", PATH, credentials={"X-API-Key": WEBHOOK_KEY}).status == 401
    assert door.ask("POST", PATH).status == 404
    assert "webhook" not in door.ask("GET", "/openapi.json", credentials={}).body.decode().lower()
