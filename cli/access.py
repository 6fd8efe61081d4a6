"""Where the service is and who asks: checked here, so that a slip of the shell is called a usage error."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps

import click
from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

# https://docs.aws.amazon.com/iot/latest/apireference/API_CreateThing.html
THING_NAME = re.compile(r"[a-zA-Z0-9:_-]{1,128}")
# https://docs.aws.amazon.com/iot/latest/apireference/API_iotdata_GetThingShadow.html
SHADOW_NAME = re.compile(r"[$a-zA-Z0-9:_-]{1,64}")
JOB_ID = re.compile(r"[a-zA-Z0-9_-]{1,128}")


@dataclass(frozen=True, kw_only=True)
class Access:
    """The service's URL without a trailing slash, and the two credentials, which no representation shows."""

    url: str
    api_key: str = field(repr=False)
    token: str = field(repr=False)


def with_access(command: Callable[..., None]) -> Callable[..., None]:
    """Give *command* the options --url, --api-key and --token, and as its first argument what they amount to."""

    @click.option(
        "--url", envvar="SHADOW_SYNC_URL", show_envvar=True, help="Where the service is: http(s)://host[:port]"
    )
    @click.option("--api-key", envvar="SHADOW_SYNC_API_KEY", show_envvar=True, help="Your API key.")
    @click.option("--token", envvar="SHADOW_SYNC_TOKEN", show_envvar=True, help="Your JSON Web Token.")
    @wraps(command)
    def asking(url: str | None, api_key: str | None, token: str | None, **rest: object) -> None:
        access = Access(
            url=_url(_given("--url", "SHADOW_SYNC_URL", url)),
            api_key=_credential("--api-key", "SHADOW_SYNC_API_KEY", api_key),
            token=_credential("--token", "SHADOW_SYNC_TOKEN", token),
        )
        command(access, **rest)

    return asking


def thing_name(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    """A click callback: refuse what no Thing can be called, before a path is made of it."""
    if not THING_NAME.fullmatch(value):
        raise click.BadParameter("a Thing name is 1 to 128 letters, digits, ':', '_' and '-'")
    return value


def shadow_name(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    """A click callback: refuse what no named shadow can be called."""
    if not SHADOW_NAME.fullmatch(value):
        raise click.BadParameter("a shadow's name is 1 to 64 letters, digits, '$', ':', '_' and '-'")
    return value


def job_id(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    """A click callback: refuse what no job id looks like, before a path is made of it."""
    if not JOB_ID.fullmatch(value):
        raise click.BadParameter("a job id is letters, digits, '_' and '-', as `shadow-sync jobs` lists it")
    return value


def _given(option: str, variable: str, value: str | None) -> str:
    stripped = (value or "").strip()
    if not stripped:
        raise click.UsageError(f"Missing {option}: give it, or set {variable}. `make up` prints lines that do.")
    return stripped


def _url(value: str) -> str:
    try:
        url = parse_url(value)
    except LocationParseError:
        url = None
    if url is None or url.scheme not in ("http", "https") or not url.host or url.query or url.fragment:
        raise click.UsageError("--url (SHADOW_SYNC_URL) must look like https://host or http://host:port")
    if url.auth:
        raise click.UsageError("--url (SHADOW_SYNC_URL) must not hold a user name or password: messages show it")
    return url.url.rstrip("/")


def _credential(option: str, variable: str, value: str | None) -> str:
    credential = _given(option, variable, value)
    if not credential.isascii() or not credential.isprintable() or " " in credential:
        # The HTTP client's own refusal would quote the value.
        raise click.UsageError(f"{option} ({variable}) holds a space or a strange character: copy it again.")
    return credential
