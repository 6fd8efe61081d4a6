"""Which settings of the door are refused, and what the others mean. Values never stand in a message."""

from hashlib import sha256
from typing import Any

import pytest

from api.settings import ApiSettings
from worker.settings import SettingsError, load

DIGEST, OTHER_DIGEST = sha256(b"one").hexdigest(), sha256(b"two").hexdigest()
SECRET = "0123456789abcdef0123456789abcdef"
GOOD = {"SHADOW_SYNC_ADMIN_API_KEYS": f"ops:{DIGEST}", "SHADOW_SYNC_JWT_SECRET": SECRET}
WEBHOOK = {
    "WEBHOOK_KEYS": f"eventbridge:{OTHER_DIGEST}",
    "SPACETIMEDB_URL": "https://spacetimedb.example.com",
    "SPACETIMEDB_DATABASE": "shadows",
    "SPACETIMEDB_TOKEN": "token-of-the-publisher",
}
WITH_JWKS = {"JWT_SECRET": "", "JWKS_URL": "https://issuer.example.com/jwks"}


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Load the settings from an environment that is good, but for what is said."""

    def load_with(changes: dict[str, str]) -> ApiSettings:
        for name, value in (GOOD | {f"SHADOW_SYNC_{name}": value for name, value in changes.items()}).items():
            monkeypatch.setenv(name, value)
        return load(ApiSettings)

    return load_with


@pytest.mark.parametrize(
    ("changes", "variable"),
    [
        pytest.param({"ADMIN_API_KEYS": DIGEST}, "ADMIN_API_KEYS", id="key without a label"),
        pytest.param({"ADMIN_API_KEYS": f":{DIGEST}"}, "ADMIN_API_KEYS", id="empty label"),
        pytest.param({"ADMIN_API_KEYS": f"o ps:{DIGEST}"}, "ADMIN_API_KEYS", id="illegal label"),
        pytest.param({"ADMIN_API_KEYS": f"{'o' * 65}:{DIGEST}"}, "ADMIN_API_KEYS", id="label too long"),
        pytest.param({"ADMIN_API_KEYS": f"ops:{DIGEST[:-1]}"}, "ADMIN_API_KEYS", id="digest too short"),
        pytest.param({"ADMIN_API_KEYS": f"ops:{DIGEST},"}, "ADMIN_API_KEYS", id="comma at the end"),
        pytest.param({"ADMIN_API_KEYS": f"ops:{DIGEST},ops:{OTHER_DIGEST}"}, "ADMIN_API_KEYS", id="label twice"),
        pytest.param({"ADMIN_API_KEYS": f"ops:{DIGEST},dev:{DIGEST}"}, "ADMIN_API_KEYS", id="key twice"),
        pytest.param({"JWT_SECRET": SECRET[:-1]}, "JWT_SECRET", id="31 bytes"),
        pytest.param({"JWT_SECRET": f"-----BEGIN PUBLIC KEY-----{SECRET}"}, "JWT_SECRET", id="a public key"),
        pytest.param(WITH_JWKS | {"JWKS_URL": "http://issuer.example.com/jwks"}, "JWKS_URL", id="http"),
        pytest.param(WITH_JWKS | {"JWKS_URL": "http://127.0.0.1.example.com/"}, "JWKS_URL", id="not quite loopback"),
        pytest.param(WITH_JWKS | {"JWKS_URL": "file:///etc/passwd"}, "JWKS_URL", id="file"),
        pytest.param({"JWT_ALGORITHMS": "RS256"}, "JWT_ALGORITHMS", id="RS256 with a secret"),
        pytest.param(WITH_JWKS | {"JWT_ALGORITHMS": "HS256"}, "JWT_ALGORITHMS", id="HS256 with published keys"),
        pytest.param({"JWT_ALGORITHMS": "none"}, "JWT_ALGORITHMS", id="none"),
        pytest.param({"ALLOWED_EMAIL_DOMAINS": "@smartphonekey.com"}, "ALLOWED_EMAIL_DOMAINS", id="at sign"),
        pytest.param({"ALLOWED_EMAIL_DOMAINS": "*"}, "ALLOWED_EMAIL_DOMAINS", id="star"),
        pytest.param({"ALLOWED_EMAIL_DOMAINS": ","}, "ALLOWED_EMAIL_DOMAINS", id="no domain"),
        pytest.param({"MAX_WAIT_SECONDS": "-1"}, "MAX_WAIT_SECONDS", id="negative wait"),
        pytest.param({"API_WAITERS": "-1"}, "API_WAITERS", id="fewer than no waiters"),
        pytest.param({"WEBHOOK_KEYS": WEBHOOK["WEBHOOK_KEYS"]}, "SPACETIMEDB_URL", id="webhook without a table"),
        pytest.param(WEBHOOK | {"WEBHOOK_KEYS": f"hook:{DIGEST}"}, "ADMIN_API_KEYS", id="an admin's key"),
        pytest.param(WEBHOOK | {"WEBHOOK_KEYS": "the key itself"}, "WEBHOOK_KEYS", id="webhook key in clear"),
        pytest.param(WEBHOOK | {"WEBHOOK_KEY_HEADER": "authorization"}, "WEBHOOK_KEY_HEADER", id="Authorization"),
        pytest.param(WEBHOOK | {"WEBHOOK_KEY_HEADER": "X: Y"}, "WEBHOOK_KEY_HEADER", id="no header"),
        pytest.param({"API_WEBHOOK_SHARE": "1"}, "API_WEBHOOK_SHARE", id="no thread is left for the admins"),
        pytest.param({"API_WEBHOOK_SHARE": "0"}, "API_WEBHOOK_SHARE", id="a webhook without threads"),
        pytest.param({"DOCS_SERVERS": "ftp://x"}, "DOCS_SERVERS", id="not HTTP"),
        pytest.param({"DOCS_SERVERS": "https://x; script-src *"}, "DOCS_SERVERS", id="header injection"),
    ],
)
def test_a_wrong_setting_is_refused_by_name_and_never_quoted(
    loaded: Any, changes: dict[str, str], variable: str
) -> None:
    with pytest.raises(SettingsError) as refusal:
        loaded(changes)
    message = str(refusal.value)
    assert f"SHADOW_SYNC_{variable}" in message
    assert not [value for value in changes.values() if len(value) > 5 and value in message]
    assert not [secret for secret in (DIGEST, SECRET) if secret in message]


def test_an_empty_variable_is_like_none(loaded: Any) -> None:
    assert loaded({"JWKS_URL": "", "JWT_ISSUER": "", "BIND": ""}).bind == "127.0.0.1:8000"


def test_several_keys_can_be_in_use(loaded: Any) -> None:
    keys = loaded({"ADMIN_API_KEYS": f"ops:{DIGEST}, dev.2_x-y:{OTHER_DIGEST.upper()}"}).admin_api_keys
    assert keys == {"ops": bytes.fromhex(DIGEST), "dev.2_x-y": bytes.fromhex(OTHER_DIGEST)}


def test_without_its_keys_there_is_no_webhook_and_with_several_they_rotate(loaded: Any) -> None:
    assert loaded({}).webhook_keys is None
    keys = f"old:{OTHER_DIGEST},new:{sha256(b'three').hexdigest()}"
    settings = loaded(WEBHOOK | {"WEBHOOK_KEYS": keys})
    assert settings.webhook_keys.keys() == {"old", "new"}
    assert (settings.webhook_places, settings.webhook_key_header) == (8, "X-API-Key")


def test_lists_are_separated_by_commas(loaded: Any) -> None:
    settings = loaded(
        {"ALLOWED_EMAIL_DOMAINS": "Example.org, example.net", "DOCS_SERVERS": "https://a.b/, http://c:1/x"}
    )
    assert settings.allowed_email_domains == ("example.org", "example.net")
    assert settings.docs_servers == ("https://a.b", "http://c:1/x")


@pytest.mark.parametrize(
    ("changes", "algorithms"),
    [
        ({}, ("HS256",)),
        (WITH_JWKS, ("RS256", "ES256")),
        (WITH_JWKS | {"JWT_ALGORITHMS": "ES256"}, ("ES256",)),
        (WITH_JWKS | {"JWKS_URL": "http://127.0.0.1:9/jwks"}, ("RS256", "ES256")),
        (WITH_JWKS | {"JWKS_URL": "http://[::1]:9/jwks"}, ("RS256", "ES256")),
        (WITH_JWKS | {"JWKS_URL": "http://localhost/jwks"}, ("RS256", "ES256")),
    ],
)
def test_algorithms_follow_from_how_tokens_are_verified(
    loaded: Any, changes: dict[str, str], algorithms: tuple[str, ...]
) -> None:
    assert loaded(changes).accepted_algorithms == algorithms


def test_the_secret_does_not_show_when_settings_are_printed(loaded: Any) -> None:
    assert SECRET not in repr(loaded({}))
