"""Who may come in: whoever has both a valid bearer token and a valid API key, on every route under /admin.

But for the webhook, where EventBridge comes in, with a key that opens nothing else.
"""

import hmac
from collections.abc import Mapping
from hashlib import sha256

from flask import Flask, g, request
from structlog.contextvars import bind_contextvars

from api.errors import Unauthorized
from api.settings import ApiSettings
from api.tokens import Tokens
from worker.job_request import Requester

ADMIN_PATH = "/admin"
ADMIN_ROUTES = "admin"
WEBHOOK_ROUTES = "webhook"
KEY_HEADERS = ("X-Admin-API-Key", "X-API-Key")
_MAX_KEY = 1024


def require_credentials(app: Flask, settings: ApiSettings) -> None:
    """Refuse every request under /admin, also to what does not exist, unless its credentials are good.

    ``g.requester`` tells the routes who asks.
    """
    tokens = Tokens(settings)

    @app.before_request
    def check() -> None:
        if request.blueprint == WEBHOOK_ROUTES:
            bind_contextvars(webhook_key=webhook_key_label(settings))
        elif is_admins():
            # The key comes first: who has none cannot make us fetch the issuer's keys.
            label = key_label([request.headers.get(name) for name in KEY_HEADERS], settings.admin_api_keys)
            bind_contextvars(api_key=label)
            g.requester = Requester(
                email=tokens.email(bearer_token(request.headers.get("Authorization"))), api_key=label
            )


def is_admins() -> bool:
    """Whether the request is for admins: all under /admin, also what does not exist, but the webhook itself."""
    if request.blueprint == WEBHOOK_ROUTES:
        return False
    # By its route too: then no spelling of a path can come between the two.
    return request.blueprint == ADMIN_ROUTES or f"{request.path}/".startswith(f"{ADMIN_PATH}/")


def webhook_key_label(settings: ApiSettings) -> str:
    """The label of the webhook's key that was sent, in its header, as a bearer token, or alike in both.

    Raises:
        Unauthorized: no key, an unknown key, or two that differ.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    bearer = token.strip() if scheme.lower() == "bearer" else None
    try:
        return key_label([request.headers.get(settings.webhook_key_header), bearer], settings.webhook_keys or {})
    except Unauthorized:
        raise Unauthorized("A valid key of the webhook is required.") from None


def key_label(sent: list[str | None], digests: Mapping[str, bytes]) -> str:
    """The label of the key in the headers' values *sent*; those that are there must agree.

    Raises:
        Unauthorized: no key, an unknown key, or two that differ.
    """
    found = {label_of(key, digests) for key in sent if key is not None}
    label = found.pop() if len(found) == 1 else None
    if label is None:
        raise Unauthorized
    return label


def bearer_token(authorization: str | None) -> str:
    """The token in an Authorization header (RFC 6750, 2.1).

    Raises:
        Unauthorized: there is none.
    """
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized
    return token.strip()


def label_of(key: str, digests: Mapping[str, bytes]) -> str | None:
    """None where the key is not one of those."""
    if not 0 < len(key) <= _MAX_KEY:
        return None
    # WSGI hands the header's bytes over as Latin-1.
    digest, label = sha256(key.encode("latin-1", "replace")).digest(), None
    for name, known in digests.items():
        # No way out of the loop: how long it takes must not tell how far it got.
        if hmac.compare_digest(digest, known):
            label = name
    return label
