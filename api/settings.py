"""What the door needs to know beyond what every process knows. A worker has no use for the door's secrets."""

import re
from ipaddress import ip_address
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import NoDecode

from worker.settings import PREFIX, Settings

Algorithm = Literal["HS256", "RS256", "ES256"]
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_DIGEST = re.compile(r"[0-9a-fA-F]{64}")
_DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+")
_MIN_SECRET_BYTES = 32


def _split(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


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
    jwks_url: Annotated[str, AfterValidator(_issuer_url)] | None = None
    jwt_algorithms: Annotated[tuple[Algorithm, ...], NoDecode, BeforeValidator(_split)] = ()
    jwt_issuer: str | None = None
    jwt_audience: str | None = None
    allowed_email_domains: Annotated[
        tuple[Annotated[str, AfterValidator(_domain)], ...], NoDecode, BeforeValidator(_split), Field(min_length=1)
    ] = ("smartphonekey.com",)

    max_wait_seconds: Annotated[int, Field(ge=0, le=3600)] = 30
    api_threads: Annotated[int, Field(ge=2, le=1000)] = 32
    api_workers: Annotated[int, Field(ge=1, le=100)] = 2
    api_waiters_share: Annotated[float, Field(ge=0, lt=1)] = 0.5
    """How much of a process's threads may wait for jobs to end; the rest always answers."""

    api_stall_seconds: Annotated[int, Field(ge=1, le=3600)] = 10
    """How long a client may send or take nothing in the middle of a request or an answer."""

    bind: Annotated[str, Field(min_length=1)] = "127.0.0.1:8000"
    docs_servers: Annotated[
        tuple[Annotated[str, AfterValidator(_server_url)], ...], NoDecode, BeforeValidator(_split)
    ] = ()

    @model_validator(mode="after")
    def _one_way_to_verify_tokens(self) -> Self:
        if (self.jwt_secret is None) == (self.jwks_url is None):
            raise ValueError(
                f"set exactly one of {PREFIX}JWT_SECRET and {PREFIX}JWKS_URL: it is how tokens are verified"
            )
        if not set(self.jwt_algorithms) <= set(self._possible_algorithms):
            raise ValueError(
                f"{PREFIX}JWT_ALGORITHMS can name {' and '.join(self._possible_algorithms)} only, as tokens are "
                f"verified with {PREFIX}{'JWT_SECRET' if self.jwt_secret else 'JWKS_URL'}"
            )
        return self

    @property
    def accepted_algorithms(self) -> tuple[Algorithm, ...]:
        """What a token may be signed with."""
        return self.jwt_algorithms or self._possible_algorithms

    @property
    def waiters(self) -> int:
        """How many requests of one process may wait at the same time."""
        return max(int(self.api_threads * self.api_waiters_share), 1) if self.api_waiters_share else 0

    @property
    def _possible_algorithms(self) -> tuple[Algorithm, ...]:
        return ("HS256",) if self.jwt_secret else ("RS256", "ES256")
