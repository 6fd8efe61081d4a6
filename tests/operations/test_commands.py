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
from worker.broker import make_celery
from worker.job_request import Lane
from worker.keys import KEY_PREFIX, queue_key
from worker.settings import Settings

COMMANDS = [*procfile().values(), *composed().values()]
CELERY = [command for command in COMMANDS if command.celery]
WORKERS = ["worker", "bulk"]
WORKER_CHECKS = {name: health_check(compose()[name]) for name in WORKERS}
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


@pytest.mark.parametrize("command", CELERY, ids=str)
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
def test_each_lane_has_a_queue_and_a_worker_of_its_own(files: dict[str, Command]) -> None:
    default = str(make_celery(Settings()).conf.task_default_queue)
    workers = [command.words for command in files.values() if command.celery == "worker"]
    consumed = [words[words.index("-Q") + 1] if "-Q" in words else default for words in workers]

    assert sorted(f"{KEY_PREFIX}{queue}" for queue in consumed) == sorted(map(queue_key, Lane))


@pytest.mark.parametrize("name", WORKERS)
def test_the_worker_that_is_asked_for_its_health_is_the_one_of_that_container(name: str) -> None:
    started, asked = composed()[name].words, WORKER_CHECKS[name].words

    assert asked[asked.index("-n") + 1] == started[started.index("-n") + 1]
    assert "-n TEXT" in run(*asked[:3], "--help")


def test_every_shell_script_in_compose_can_be_parsed_by_a_shell() -> None:
    scripts = [service["healthcheck"]["test"][1] for service in compose().values() if "CMD-SHELL" in str(service)]
    scripts += [service["command"][2] for service in compose().values() if isinstance(service["command"], list)]

    assert len(scripts) >= 2
    for script in scripts:
        run("sh", "-n", "-c", script.replace("$$", "$"))
