"""`shadow-sync keygen` and `shadow-sync token`: what a person needs before the first request."""

import hashlib
import os
import re
import secrets
import time

import click
import jwt

LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
DURATION = re.compile(r"([1-9][0-9]{0,8})([smhd]?)")
UNIT_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
SHORTEST_SECRET_BYTES = 32


def new_api_key() -> str:
    """A key of 256 random bits; the prefix lets a scanner for leaked credentials find it."""
    return f"shadow-sync-{secrets.token_urlsafe(32)}"


def key_entry(label: str, api_key: str) -> str:
    """The value of SHADOW_SYNC_ADMIN_API_KEYS, or of SHADOW_SYNC_WEBHOOK_KEYS, that lets *api_key* in."""
    return f"{label}:{hashlib.sha256(api_key.encode()).hexdigest()}"


def sign(secret: str, email: str, seconds: int, issuer: str | None = None, audience: str | None = None) -> str:
    """An HS256 token for *email* that ends after *seconds*."""
    now = int(time.time())
    claims: dict[str, object] = {"sub": email, "email": email, "iat": now, "exp": now + seconds}
    claims |= {name: value for name, value in (("iss", issuer), ("aud", audience)) if value}
    return jwt.encode(claims, secret, algorithm="HS256")


@click.command()
@click.option("--label", default="admin", show_default=True, help="The name that jobs and logs show for the key.")
def keygen(label: str) -> None:
    """Make a new API key, and the line that lets it in. The service never needs the key itself."""
    if not LABEL.fullmatch(label):
        raise click.BadParameter(
            "1 to 64 letters, digits, '.', '_' and '-', a letter or digit first", param_hint="--label"
        )
    key = new_api_key()
    click.echo("# For the client. The key is shown this once: keep it where the client reads it.")
    click.echo(f"SHADOW_SYNC_API_KEY={key}")
    click.echo("# For the service. Several are separated by commas.")
    click.echo(f"SHADOW_SYNC_ADMIN_API_KEYS={key_entry(label, key)}")


@click.command()
@click.option("--email", required=True, help="Whom the token names: name@an-allowed-domain")
@click.option(
    "--secret-from",
    metavar="VARIABLE",
    default="SHADOW_SYNC_JWT_SECRET",
    show_default=True,
    help="The environment variable that holds the service's secret.",
)
@click.option("--expires", default="1h", show_default=True, help="How long the token lives: 90s, 30m, 12h, 7d.")
@click.option("--issuer", envvar="SHADOW_SYNC_JWT_ISSUER", show_envvar=True, help="The claim iss.")
@click.option("--audience", envvar="SHADOW_SYNC_JWT_AUDIENCE", show_envvar=True, help="The claim aud.")
def token(email: str, secret_from: str, expires: str, issuer: str | None, audience: str | None) -> None:
    """Sign a token with the service's own shared secret (HS256). For development only."""
    if email.count("@") != 1 or not all(email.split("@")):
        raise click.BadParameter("an e-mail address holds exactly one '@'", param_hint="--email")
    duration = DURATION.fullmatch(expires)
    if duration is None:
        raise click.BadParameter("a number of seconds, or a number with s, m, h or d behind it", param_hint="--expires")
    secret = os.environ.get(secret_from, "")
    if len(secret.encode()) < SHORTEST_SECRET_BYTES:
        raise click.UsageError(
            f"The environment variable {secret_from} must hold a secret of {SHORTEST_SECRET_BYTES} bytes or more."
        )
    click.echo("For development only: production tokens come from your identity provider.", err=True)
    click.echo(sign(secret, email, int(duration[1]) * UNIT_SECONDS[duration[2]], issuer, audience))
