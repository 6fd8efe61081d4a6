"""The product's own processes, as the Procfile says, beside the embedded Valkey and the sandbox."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from cli.access import Access
from cli.embedded import answers, start_pipeline, start_valkey
from cli.part import Part
from cli.stack import Stack
from cli.surroundings import Login, for_the_landing, for_the_product, free_ports
from cli.table import Table

ROOT = Path(__file__).resolve().parent.parent
PROCFILE_LINE = re.compile(r"([A-Za-z0-9_-]+):\s*(\S.*)")


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """Where everything is, and what the processes of the Procfile are started with."""

    environment: Mapping[str, str]
    access: Access
    sandbox_url: str
    table: Table
    flower_url: str
    login: Login

    def ready(self, name: str, part: Part) -> bool:
        """Whether the Procfile's process *name* does its work: it answers, or else *part*, that runs it, printed so."""
        match name:
            case "api":
                return answers(f"{self.access.url}/readyz")
            case "flower":
                return answers(f"{self.flower_url}/healthcheck")
            case "worker" | "bulk":
                # Celery's name for it, which honcho numbers.
                return any(re.search(rf"\b{name}(\.\d+)?@\S+ ready\.", line) for line in part.lines())
            case _:
                return any(f"{name}: Starting" in line for line in part.lines())


def procfile(root: Path = ROOT) -> dict[str, str]:
    """The shell command of each process, by its name."""
    path = root / "Procfile"
    try:
        lines = path.read_text().splitlines()
    except OSError as error:
        raise click.ClickException(
            f"cannot read {path} ({error.strerror}): use `make demo` or `make up` in a clone of the repository"
        ) from None
    return {match[1]: match[2] for match in map(PROCFILE_LINE.fullmatch, lines) if match}


def surround(stack: Stack) -> Surroundings:
    """Start what the product's processes need, and find them ports and credentials."""
    stack.wave()
    redis_url = start_valkey(stack)
    login = Login()
    # Before there is an API: EventBridge is told at its start where to deliver.
    api_port, flower_port = free_ports(2)
    api_url = f"http://127.0.0.1:{api_port}"
    sandbox_url, table = start_pipeline(stack, api_url, login)
    product = for_the_product(
        login, redis_url=redis_url, aws_url=sandbox_url, api_port=api_port, flower_port=flower_port
    )
    return Surroundings(
        environment=product | for_the_landing(login, table),
        access=login.access(api_url),
        sandbox_url=sandbox_url,
        table=table,
        flower_url=f"http://127.0.0.1:{flower_port}",
        login=login,
    )
