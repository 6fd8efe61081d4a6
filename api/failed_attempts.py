"""How often credentials may be wrong: so many times a minute from an address, and with an API key.

Whoever has used that up is refused, with good credentials too: else the right guess could still be told from others.
The webhook is left out: EventBridge's addresses are shared with strangers, who could make it refuse our own events.
"""

import hmac
import time
from hashlib import sha256
from http import HTTPStatus
from ipaddress import IPv4Address, IPv6Address, ip_address

from flask import Flask, g, request
from flask.typing import ResponseReturnValue
from flask.wrappers import Response
from flask_limiter import ApplicationLimit, Limiter, RateLimitExceeded, RequestLimit
from structlog.contextvars import bind_contextvars

from api.auth import KEY_HEADERS, is_admins, label_of
from api.errors import TooManyRequests, refused
from api.settings import ApiSettings
from worker.connection import connect
from worker.keys import KEY_PREFIX

WINDOW_SECONDS = 60
_MESSAGE = (
    "Too many requests with wrong credentials came from this address, or with this API key. Wait, then try again."
)
# An admin's request needs Redis anyway, and must not wait twice as long for it.
_REDIS_SECONDS = 0.4
_IPV6_NETWORK_BITS = 64


def limit_failed_attempts(app: Flask, settings: ApiSettings) -> None:
    """Answer 429 to who has failed too often. To be called before the credentials are required.

    The counts are in Redis, for all processes; while that is away each process counts for itself.
    """
    if not settings.failed_auth_per_minute:
        return
    salt = b"".join(settings.admin_api_keys.values())

    def key() -> str:
        sent = [value for name in KEY_HEADERS if (value := request.headers.get(name)) is not None]
        labels = {label_of(value, settings.admin_api_keys) for value in sent}
        label = labels.pop() if len(labels) == 1 else None
        if label is not None:
            return f"label:{label}"
        # An unknown key is limited like a known one: or the limit would tell which of them is known. It may be another
        # door's, and must not be found out from Redis.
        return f"unknown:{hmac.digest(salt, repr(sent).encode(), sha256).hex()[:32]}"

    patience = min(_REDIS_SECONDS, settings.redis_timeout_seconds)
    redis = connect(settings.model_copy(update={"redis_timeout_seconds": patience}), connections=settings.api_threads)
    Limiter(
        remote_network,
        app=app,
        application_limits=[
            ApplicationLimit(
                f"{settings.failed_auth_per_minute} per minute",
                key_function=function,
                scope=scope,
                exempt_when=lambda: not is_admins(),
                deduct_when=_has_failed,
                on_breach=_tell,
            )
            for scope, function in (("address", remote_network), ("key", key))
        ],
        storage_uri=settings.redis_url,
        storage_options={"connection_pool": redis.connection_pool, "key_prefix": KEY_PREFIX.rstrip(":")},  # type: ignore[dict-item]
        in_memory_fallback_enabled=True,
        # After an answer is made a Redis that has just gone must not spoil it.
        swallow_errors=True,
        # A path that leads nowhere has no endpoint, and would not be limited.
        request_identifier=lambda: "admin",
    )

    @app.errorhandler(RateLimitExceeded)
    def too_many(_error: RateLimitExceeded) -> ResponseReturnValue:
        return refused(TooManyRequests(_MESSAGE, g.get("retry_after", WINDOW_SECONDS)))


def remote_network() -> str:
    """Where the request comes from; of IPv6 the network, since its addresses cost an attacker nothing."""
    address = _address(request.remote_addr or "")
    if isinstance(address, IPv6Address):
        return f"{IPv6Address(int(address) >> _IPV6_NETWORK_BITS << _IPV6_NETWORK_BITS)}"
    return str(address)


def _address(text: str) -> IPv4Address | IPv6Address | str:
    """A proxy may add the port."""
    bare = text.removeprefix("[").partition("]")[0] if text.startswith("[") else text
    for candidate in (bare, bare.partition(":")[0]):
        try:
            address = ip_address(candidate)
        except ValueError:
            continue
        return getattr(address, "ipv4_mapped", None) or address
    return "unknown"


def _has_failed(response: Response) -> bool:
    return response.status_code == HTTPStatus.UNAUTHORIZED


def _tell(limit: RequestLimit) -> None:
    bind_contextvars(limited_by=limit.request_args[-1])
    g.retry_after = min(max(limit.reset_at - int(time.time()), 1), WINDOW_SECONDS)
