"""What a bearer token must be: signed, issued and addressed as configured, in date, and of an allowed e-mail domain."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress

import jwt
from jwt import InvalidSignatureError, PyJWK, PyJWTError
from jwt.utils import base64url_decode

from api.errors import Forbidden, Unauthorized, Unavailable
from api.jwks import IssuerKeys, KeysUnreachableError, UnknownKeyError
from api.settings import ApiSettings

LEEWAY_SECONDS = 30
MAX_TOKEN_BYTES = 8192
_MAX_EMAIL = 254  # RFC 5321, 4.5.3.1.3

Claims = Mapping[str, object]


class Tokens:
    """Verifies tokens, with a shared secret or with the issuer's published keys, never with both."""

    def __init__(self, settings: ApiSettings) -> None:
        self._settings = settings
        self._keys_for = self._shared_secrets(settings) or self._published_keys(settings)

    def email(self, token: str) -> str:
        """The e-mail address that a valid token is about.

        Raises:
            Unauthorized: the token is not valid.
            Forbidden: it is, but its e-mail address may not come in.
            Unavailable: the issuer's keys cannot be reached.
        """
        return allowed_email(self._claims(token), self._settings.allowed_email_domains)

    def _claims(self, token: str) -> Claims:
        if len(token) > MAX_TOKEN_BYTES:
            raise Unauthorized
        try:
            *earlier, last = self._keys_for(token)
            for key in earlier:
                with suppress(InvalidSignatureError):
                    return self._decoded(token, key)
            return self._decoded(token, last)
        except KeysUnreachableError:
            raise Unavailable("The token issuer's keys cannot be reached; nothing was done. Try again.") from None
        except (PyJWTError, UnknownKeyError, ValueError, RecursionError):
            raise Unauthorized from None

    def _decoded(self, token: str, key: str | PyJWK) -> Claims:
        claims: Claims = jwt.decode(
            token,
            key,
            algorithms=list(self._settings.accepted_algorithms),
            issuer=self._settings.jwt_issuer,
            audience=self._settings.jwt_audience,
            leeway=LEEWAY_SECONDS,
            options={
                "require": ["exp"],
                "verify_aud": self._settings.jwt_audience is not None,
                "enforce_minimum_key_length": True,
            },
        )
        _refuse_what_is_said_twice(token)
        return claims

    @staticmethod
    def _shared_secrets(settings: ApiSettings) -> Callable[[str], list[str | PyJWK]] | None:
        known = (settings.jwt_secret, settings.jwt_previous_secret)
        secrets: list[str | PyJWK] = [secret.get_secret_value() for secret in known if secret]
        return (lambda _token: secrets) if secrets else None

    @staticmethod
    def _published_keys(settings: ApiSettings) -> Callable[[str], list[str | PyJWK]]:
        keys = IssuerKeys(settings.jwks_url or "", settings.accepted_algorithms)
        return lambda token: [keys.find(jwt.get_unverified_header(token).get("kid"))]


def allowed_email(claims: Claims, domains: tuple[str, ...]) -> str:
    """The e-mail address in *claims*, if its domain, all that follows the only ``@``, is one of *domains*.

    Raises:
        Forbidden: otherwise.
    """
    email, verified = claims.get("email"), claims.get("email_verified", True)
    # Only ASCII: Unicode has letters, such as the Kelvin sign, whose lower case is one of an allowed domain's.
    if isinstance(email, str) and email.isascii() and email.isprintable() and len(email) <= _MAX_EMAIL:
        local, at, domain = email.partition("@")
        if local and at and " " not in email and domain.lower() in domains and _says_yes(verified):
            return email
    raise Forbidden("This token's e-mail address may not use this service.")


def _refuse_what_is_said_twice(token: str) -> None:
    """Which of two alike holds, the issuer may see otherwise: https://www.rfc-editor.org/rfc/rfc7519#section-4

    Raises:
        ValueError: the header or the claims have a member twice.
    """
    for segment in token.split(".")[:2]:
        json.loads(base64url_decode(segment), object_pairs_hook=_each_once)


def _each_once(members: list[tuple[str, object]]) -> dict[str, object]:
    once = dict(members)
    if len(once) < len(members):
        raise ValueError
    return once


def _says_yes(verified: object) -> bool:
    return verified is True or (isinstance(verified, str) and verified.lower() == "true")
