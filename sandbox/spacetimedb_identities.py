"""Identities and their tokens: https://spacetimedb.com/docs/http/identity

A token is a JWT without an expiry, good on the server that gave it.
"""

from __future__ import annotations

import hashlib
import secrets
import time
import uuid

import jwt

from sandbox.errors import AwsError

_ISSUER = "sandbox"


class Identities:
    """`owner` has published the database, so it may read its private tables; `owner_token` proves it."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._owners_subject = str(uuid.uuid4())
        self.owner, self.owner_token = self._of(self._owners_subject)

    def new(self) -> tuple[str, str]:
        """A fresh identity, 64 hexadecimal digits, and its token."""
        return self._of(str(uuid.uuid4()))

    def another_owner_token(self) -> str:
        """Beside `owner_token`, which stays as good."""
        return self._of(self._owners_subject)[1]

    def _of(self, subject: str) -> tuple[str, str]:
        identity = _identity(subject)
        claims = {"hex_identity": identity, "sub": subject, "iss": _ISSUER, "aud": ["spacetimedb"]}
        told = {**claims, "iat": int(time.time()), "exp": None, "jti": str(uuid.uuid4())}
        return identity, jwt.encode(told, self._key, "HS256")

    def caller(self, authorization: str | None) -> tuple[str, str]:
        """Who is calling, and the token; a fresh identity without the header. AwsError 400 or 401 if it is refused."""
        if authorization is None:
            return self.new()
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token or " " in token:
            raise AwsError(400, "InvalidAuthorization", "Authorization is invalid: malformed header")
        try:
            claims = jwt.decode(token, self._key, ["HS256"], options={"verify_aud": False, "verify_exp": False})
        except jwt.PyJWTError:
            raise AwsError(401, "Unauthorized", "Authorization failed: token not signed by this instance") from None
        return _identity(str(claims["sub"])), token


def _identity(subject: str) -> str:
    return "c200" + hashlib.sha256(f"{_ISSUER}|{subject}".encode()).hexdigest()[:60]
