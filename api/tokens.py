"""What a bearer token must be: signed, issued and addressed as configured, in date, and of an allowed e-mail domain."""

from collections.abc import Callable, Mapping

import jwt
from jwt import PyJWK, PyJWTError

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
        self._key_for = self._shared_secret(settings) or self._published_keys(settings)

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
            return jwt.decode(
                token,
                self._key_for(token),
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
        except KeysUnreachableError:
            raise Unavailable("The token issuer's keys cannot be reached; nothing was done. Try again.") from None
        except (PyJWTError, UnknownKeyError, ValueError):
            raise Unauthorized from None

    @staticmethod
    def _shared_secret(settings: ApiSettings) -> Callable[[str], str] | None:
        if settings.jwt_secret is None:
            return None
        secret = settings.jwt_secret.get_secret_value()
        return lambda _token: secret

    @staticmethod
    def _published_keys(settings: ApiSettings) -> Callable[[str], PyJWK]:
        keys = IssuerKeys(settings.jwks_url or "", settings.accepted_algorithms)
        return lambda token: keys.find(jwt.get_unverified_header(token).get("kid"))


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


def _says_yes(verified: object) -> bool:
    return verified is True or (isinstance(verified, str) and verified.lower() == "true")
