"""What the door needs to know beyond what every process knows. A worker has no use for the door's secrets."""

import re
from ipaddress import ip_address
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import NoDecode

from worker.settings import PREFIX, Settings, split

Algorithm = Literal["HS256", "RS256", "ES256"]
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_DIGEST = re.compile(r"[0-9a-fA-F]{64}")
_DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+")
_MIN_SECRET_BYTES = 32


def _digests_by_label(value: object) -> object:
    if not isinstance(value, str):
        return value
    digests: dict[str, bytes] = {}
    for number, entry in enumerate(value.split(","), start=1):
        label, _, digest = entry.strip().partition(":")
        if not _LABEL.fullmatch(label) or not _DIGEST.fullmatch(digest):
            raise ValueError(
                f"entry {number} is not label:sha256, a label of letters, digits, '.', '_', '-' and the key's SHA-256 "
                "in hexadecimal; `shadow-sync keygen` prints such an entry"
            )
        if label in digests or bytes.fromhex(digest) in digests.values():
            raise ValueError(f"entry {number} has the label or the digest of an earlier entry")
        digests[label] = bytes.fromhex(digest)
    return digests


def _domain(value: str) -> str:
    if not _DOMAIN.fullmatch(value.lower()):
        raise ValueError("not a comma-separated list of domains such as smartphonekey.com")
    return value.lower()


def _secret(value: SecretStr) -> SecretStr:
    secret = value.get_secret_value()
    if len(secret.encode()) < _MIN_SECRET_BYTES:
        raise ValueError(f"must be at least {_MIN_SECRET_BYTES} bytes long")
    if secret.startswith(("-----BEGIN", "ssh-")):
        raise ValueError(f"is half of a key pair, not a shared secret; publish it as a JWKS and set {PREFIX}JWKS_URL")
    return value


def _issuer_url(value: str) -> str:
    url = urlsplit(value)
    if not url.hostname or not (url.scheme == "https" or (url.scheme == "http" and _is_loopback(url.hostname))):
        raise ValueError("must be an https:// URL; http:// is for a loopback address only")
    return value


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _key_header(value: str) -> str:
    if value.lower() == "authorization":
        raise ValueError("must be another header: a bearer token in Authorization is taken anyway")
    return value


def _server_url(value: str) -> str:
    url = urlsplit(value)
    if url.scheme not in ("http", "https") or not re.fullmatch(r"[A-Za-z0-9.:\[\]-]+", url.netloc) or url.query:
        raise ValueError("not a comma-separated list of http:// or https:// URLs, without user, query or fragment")
    return value.rstrip("/")


class ApiSettings(Settings):
    """The settings of the HTTP API. Durations are in seconds."""

    admin_api_keys: Annotated[dict[str, bytes], NoDecode, BeforeValidator(_digests_by_label)]
    """SHA-256 digests of the API keys, by label."""

    jwt_secret: Annotated[SecretStr, AfterValidator(_secret)] | None = None
    jwt_previous_secret: Annotated[SecretStr, AfterValidator(_secret)] | None = None
    """What tokens were signed with until now: while the secret is changed, those are still good."""

    jwks_url: Annotated[str, AfterValidator(_issuer_url)] | None = None
    jwt_algorithms: Annotated[tuple[Algorithm, ...], NoDecode, BeforeValidator(split)] = ()
    jwt_issuer: str | None = None
    jwt_audience: str | None = None
    allowed_email_domains: Annotated[
        tuple[Annotated[str, AfterValidator(_domain)], ...], NoDecode, BeforeValidator(split), Field(min_length=1)
    ] = ("smartphonekey.com",)

    failed_auth_per_minute: Annotated[int, Field(ge=0, le=1_000_000)] = 30
    """So many requests with wrong credentials an address may send, and an API key be part of. 0: any number."""

    trusted_hops: Annotated[int, Field(ge=0, le=10)] = 0
    """How many proxies in front of the API add to X-Forwarded-For. 0: the header is not believed."""

    max_wait_seconds: Annotated[int, Field(ge=0, le=3600)] = 30
    api_threads: Annotated[int, Field(ge=2, le=1000)] = 32
    api_workers: Annotated[int, Field(ge=1, le=100)] = 2
    api_waiters: Annotated[int, Field(ge=0, le=100_000)] = 2000
    """How many requests of a process may wait for jobs to end. Each has a thread, beside those that run."""

    api_stall_seconds: Annotated[int, Field(ge=1, le=3600)] = 10
    """How long a client may send or take nothing in the middle of a request or an answer."""

    confirm_above: Annotated[int, Field(ge=0)] = 1000
    """With more Things than that, a job waits until it is confirmed."""

    webhook_keys: Annotated[dict[str, bytes] | None, NoDecode, BeforeValidator(_digests_by_label)] = None
    """SHA-256 digests of the webhook's keys, by label. None: there is no webhook."""

    webhook_key_header: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,64}$"), AfterValidator(_key_header)] = (
        "X-API-Key"
    )
    api_webhook_share: Annotated[float, Field(gt=0, lt=1)] = 0.25
    """How much of a process's threads the webhook may use; where it is on, the admins have the rest."""

    bind: Annotated[str, Field(min_length=1)] = "127.0.0.1:8000"
    docs_servers: Annotated[
        tuple[Annotated[str, AfterValidator(_server_url)], ...], NoDecode, BeforeValidator(split)
    ] = ()

    @model_validator(mode="after")
    def _one_way_to_verify_tokens(self) -> Self:
        if (self.jwt_secret is None) == (self.jwks_url is None):
            raise ValueError(
                f"set exactly one of {PREFIX}JWT_SECRET and {PREFIX}JWKS_URL: it is how tokens are verified"
            )
        if self.jwt_previous_secret and self.jwt_secret in (self.jwt_previous_secret, None):
            raise ValueError(
                f"{PREFIX}JWT_PREVIOUS_SECRET goes with another {PREFIX}JWT_SECRET, the one that replaces it"
            )
        if not set(self.jwt_algorithms) <= set(self._possible_algorithms):
            raise ValueError(
                f"{PREFIX}JWT_ALGORITHMS can name {' and '.join(self._possible_algorithms)} only, as tokens are "
                f"verified with {PREFIX}{'JWT_SECRET' if self.jwt_secret else 'JWKS_URL'}"
            )
        return self

    @model_validator(mode="after")
    def _webhook_has_its_own_key_a_table_and_threads(self) -> Self:
        if self.webhook_keys is None:
            return self
        if not self.can_verify:
            raise ValueError(
                f"{PREFIX}WEBHOOK_KEYS needs {PREFIX}SPACETIMEDB_URL, {PREFIX}SPACETIMEDB_DATABASE and "
                f"{PREFIX}SPACETIMEDB_TOKEN, where its events land"
            )
        if set(self.webhook_keys.values()) & set(self.admin_api_keys.values()):
            raise ValueError(f"{PREFIX}WEBHOOK_KEYS and {PREFIX}ADMIN_API_KEYS have a key in common; make another one")
        return self

    @property
    def accepted_algorithms(self) -> tuple[Algorithm, ...]:
        """What a token may be signed with."""
        return self.jwt_algorithms or self._possible_algorithms

    @property
    def webhook_places(self) -> int:
        """How many events of the webhook one process has in hand at the same time."""
        return max(int(self.api_threads * self.api_webhook_share), 1)

    @property
    def _possible_algorithms(self) -> tuple[Algorithm, ...]:
        return ("HS256",) if self.jwt_secret else ("RS256", "ES256")
