"""Every command that a deployment file gives can be run here: its program, what it loads, and its options exist."""

import os
import shutil
import subprocess
from functools import cache
from importlib import import_module

import pytest
from tornado.options import options as flower_options

from tests.operations.deployment import (
    ROOT,
    Command,
    compose,
    composed,
    health_check,
    procfile,
    product,
    programs_of_health_check,
)
from tests.worker.processes import BIN
from worker.broker import INTERACTIVE_QUEUE, make_celery
from worker.settings import Settings

COMMANDS = [*procfile().values(), *composed().values()]
CELERY = [command for command in COMMANDS if command.celery]
WORKER_CHECK = health_check(compose()["worker"])
ENVIRONMENT = {
    "PATH": f"{BIN}{os.pathsep}{os.defpath}",
    "SHADOW_SYNC_ADMIN_API_KEYS": f"ops:{'0' * 64}",
    "SHADOW_SYNC_JWT_SECRET": "only-to-see-whether-it-would-start",
    "FLOWER_BASIC_AUTH": "ops:only-to-see-whether-it-would-start",
}


@cache
def run(*words: str) -> str:
    """What the command prints; it must end well."""
    done = subprocess.run(words, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_procfile_and_compose_run_the_same_processes() -> None:
    assert procfile().keys() == composed().keys()
    for name, command in procfile().items():
        assert composed()[name].celery == command.celery
        assert composed()[name].options == command.options


@pytest.mark.parametrize("command", COMMANDS, ids=str)
def test_the_program_of_a_command_is_installed(command: Command) -> None:
    assert shutil.which(command.words[0], path=ENVIRONMENT["PATH"])


@pytest.mark.parametrize("name", product())
def test_the_programs_of_a_health_check_are_installed(name: str) -> None:
    programs = programs_of_health_check(product()[name])

    assert programs
    for program in programs:
        assert shutil.which(program, path=ENVIRONMENT["PATH"])


@pytest.mark.parametrize("command", [command for command in COMMANDS if not command.celery], ids=str)
def test_the_api_would_start(command: Command) -> None:
    run(*command.words, "--check-config")


@pytest.mark.parametrize("command", [*CELERY, WORKER_CHECK], ids=str)
def test_celery_loads_the_application_and_knows_every_option(command: Command) -> None:
    subcommand = command.celery
    assert subcommand
    explained = run(*command.words[:4], "--help")

    for option in command.options:
        if subcommand == "flower":
            import_module("flower.options")
            assert option.removeprefix("--") in flower_options
        else:
            assert option in explained


@pytest.mark.parametrize("command", [command for command in CELERY if command.celery == "flower"], ids=str)
def test_flowers_configuration_is_a_file_of_the_repository(command: Command) -> None:
    [path] = [word.removeprefix("--conf=") for word in command.words if word.startswith("--conf=")]
    assert (ROOT / path).is_file()


@pytest.mark.parametrize("files", [procfile(), composed()], ids=["Procfile", "docker-compose.yml"])
def test_the_workers_consume_exactly_the_queues_that_wake_ups_are_sent_to(files: dict[str, Command]) -> None:
    default = str(make_celery(Settings()).conf.task_default_queue)
    consumed: set[str] = set()
    for command in files.values():
        if command.celery == "worker":
            named = command.words[command.words.index("-Q") + 1] if "-Q" in command.words else default
            consumed |= set(named.split(","))

    assert consumed == {INTERACTIVE_QUEUE}


def test_the_worker_that_is_asked_for_its_health_is_the_one_of_that_container() -> None:
    started, asked = composed()["worker"].words, WORKER_CHECK.words
    name = started[started.index("-n") + 1]

    assert asked[asked.index("-d") + 1] == name.replace("%h", "$HOSTNAME")


def test_every_shell_script_in_compose_can_be_parsed_by_a_shell() -> None:
    scripts = [service["healthcheck"]["test"][1] for service in compose().values() if "CMD-SHELL" in str(service)]
    scripts += [service["command"][2] for service in compose().values() if isinstance(service["command"], list)]

    assert len(scripts) >= 2
    for script in scripts:
        run("sh", "-n", "-c", script.replace("$$", "$"))
