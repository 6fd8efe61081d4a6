"""What the parts are started with: free loopback ports, throw-away credentials, no way to a real AWS account."""

import os
import random
import secrets
import socket
import sys
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

from cli.access import Access
from cli.credentials import key_entry, new_api_key, sign
from cli.table import Table

EMAIL = "demo@smartphonekey.com"
TOKEN_SECONDS = 12 * 3600
REGION = "us-east-1"
WEBHOOK_KEY_HEADER = "X-API-Key"
# Below those that systems give to outgoing connections, from 32768 or 49152 on: one of these could have the port before
# the part that is to listen on it.
_PORTS = range(10_000, 32_768)
_PORTS_THAT_MAY_BE_TAKEN = 100
# A person's own settings are kept, but for what decides who may come in, or where the calls go.
NOT_INHERITED = (
    "AWS_",
    "CELERY_",
    "FLOWER_",
    "GUNICORN_",
    "HONCHO_",
    "SHADOW_SYNC_ALLOWED_EMAIL_DOMAINS",
    "SHADOW_SYNC_API_KEY",
    "SHADOW_SYNC_JWKS_URL",
    "SHADOW_SYNC_JWT_",
    "SHADOW_SYNC_SPACETIMEDB_",
    "SHADOW_SYNC_TOKEN",
    "SHADOW_SYNC_TOPIC_RULE",
    "SHADOW_SYNC_URL",
    "SHADOW_SYNC_VERIFY",
    "SHADOW_SYNC_WEBHOOK_",
)


@dataclass(frozen=True)
class Login:
    """Credentials that live as long as the stack does."""

    api_key: str = field(default_factory=new_api_key, repr=False)
    webhook_key: str = field(default_factory=new_api_key, repr=False)
    jwt_secret: str = field(default_factory=lambda: secrets.token_urlsafe(48), repr=False)
    flower_password: str = field(default_factory=lambda: secrets.token_urlsafe(16), repr=False)
    flower_user: str = "demo"

    def access(self, url: str) -> Access:
        return Access(url=url, api_key=self.api_key, token=sign(self.jwt_secret, EMAIL, TOKEN_SECONDS))


def free_ports(count: int) -> list[int]:
    """Loopback ports that nothing listens on, all different.

    Raises:
        OSError: hardly any is free.
    """
    with ExitStack() as listeners:
        ports: list[int] = []
        for port in random.SystemRandom().sample(_PORTS, count + _PORTS_THAT_MAY_BE_TAKEN):
            with suppress(OSError):
                listeners.enter_context(socket.create_server(("127.0.0.1", port)))
                ports.append(port)
            if len(ports) == count:
                return ports
    raise OSError(f"of the ports {_PORTS.start} to {_PORTS.stop - 1} on loopback, hardly any is free")


def inherited() -> dict[str, str]:
    """This process's environment without what could lead a part astray, and with the installed commands on the PATH."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(NOT_INHERITED)}
    # Not resolved: in a virtual environment this is a link, and the commands are beside the link.
    path = [str(Path(sys.executable).parent), *filter(None, [os.environ.get("PATH")])]
    return kept | {"PATH": os.pathsep.join(path), "PYTHONUNBUFFERED": "1"}


def for_the_product(login: Login, *, redis_url: str, aws_url: str, api_port: int, flower_port: int) -> dict[str, str]:
    """The environment of the commands in the Procfile."""
    loopback = "127.0.0.1,localhost"
    return inherited() | {
        "SHADOW_SYNC_BIND": f"127.0.0.1:{api_port}",
        "SHADOW_SYNC_REDIS_URL": redis_url,
        "SHADOW_SYNC_ADMIN_API_KEYS": key_entry("demo", login.api_key),
        "SHADOW_SYNC_JWT_SECRET": login.jwt_secret,
        # Below it, worker and beat do not say when they are ready.
        "SHADOW_SYNC_LOG_LEVEL": "INFO",
        "FLOWER_ADDRESS": "127.0.0.1",
        "FLOWER_PORT": str(flower_port),
        "FLOWER_BASIC_AUTH": f"{login.flower_user}:{login.flower_password}",
        "AWS_ENDPOINT_URL_IOT_DATA_PLANE": aws_url,
        "AWS_ENDPOINT_URL_LAMBDA": aws_url,
        # For any other service: a call that nobody expected must not leave the machine.
        "AWS_ENDPOINT_URL": aws_url,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "sandbox",
        "AWS_SECRET_ACCESS_KEY": "sandbox",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "NO_PROXY": loopback,
        "no_proxy": loopback,
    }


def for_the_landing(login: Login, table: Table) -> dict[str, str]:
    """What else API and workers need where events land in *table*."""
    return {
        "SHADOW_SYNC_SPACETIMEDB_URL": table.url,
        "SHADOW_SYNC_SPACETIMEDB_DATABASE": table.database,
        "SHADOW_SYNC_SPACETIMEDB_TOKEN": table.token,
        "SHADOW_SYNC_WEBHOOK_KEYS": key_entry("eventbridge", login.webhook_key),
        "SHADOW_SYNC_WEBHOOK_KEY_HEADER": WEBHOOK_KEY_HEADER,
    }
