"""The files that an operator runs the service from, read as the programs that use them read them."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Command:
    """A command with its place, such as "Procfile: worker"."""

    place: str
    words: tuple[str, ...]

    def __str__(self) -> str:
        return self.place

    @property
    def celery(self) -> str | None:
        """The subcommand, where it is one of Celery's."""
        return self.words[3] if self.words[0] == "celery" else None

    @property
    def options(self) -> list[str]:
        """The options behind the subcommand, without their values."""
        return [word.split("=")[0] for word in self.words[4:] if word.startswith("-")]


def procfile() -> dict[str, Command]:
    lines = (ROOT / "Procfile").read_text().splitlines()
    named = (line.split(":", 1) for line in lines)
    return {name: Command(f"Procfile: {name}", tuple(shlex.split(command))) for name, command in named}


def compose() -> dict[str, dict[str, Any]]:
    """The services, with what they inherit merged in."""
    services: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    return services


def product() -> dict[str, dict[str, Any]]:
    """The services that run this project's code."""
    return {name: service for name, service in compose().items() if "build" in service}


def composed() -> dict[str, Command]:
    return {
        name: Command(f"docker-compose.yml: {name}", tuple(shlex.split(service["command"])))
        for name, service in product().items()
    }


def health_check(service: dict[str, Any]) -> Command:
    """What tells whether the service is healthy; a shell's script is split into words."""
    kind, *words = service["healthcheck"]["test"]
    if kind == "CMD-SHELL":
        words = shlex.split(words[0].replace("$$", "$"))
    return Command(f"health check: {words[0]}", tuple(words))


def programs_of_health_check(service: dict[str, Any]) -> list[str]:
    kind, *words = service["healthcheck"]["test"]
    return re.findall(r"(?:^|[;{(])\s*([\w-]+)\s", words[0]) if kind == "CMD-SHELL" else words[:1]


def dockerfile() -> Iterator[tuple[str, list[str]]]:
    """Each instruction with its words."""
    text = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text())
    for line in text.splitlines():
        if line and not line.startswith("#"):
            instruction, *words = line.split()
            yield instruction, words


def copied() -> set[str]:
    """What the Dockerfile copies out of the repository."""
    return {
        word
        for instruction, words in dockerfile()
        if instruction == "COPY" and not words[0].startswith("--from")
        for word in words[:-1]
    }


def in_build_context(path: str) -> bool:
    kept = True
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        if line and not line.startswith("#") and fnmatch(path, line.removeprefix("!")):
            kept = line.startswith("!")
    return kept
