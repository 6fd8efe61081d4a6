"""What docker-compose.yml promises: the ports, the variables, the confinement of the containers."""

import re
from collections.abc import Iterable
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

import pytest
from tornado.options import options as flower_options

from api import create_app
from api.settings import ApiSettings
from tests.operations.deployment import ROOT, compose, dockerfile, product
from worker.settings import PREFIX, Settings

TEXT = (ROOT / "docker-compose.yml").read_text()
FLOWER_PORT = 5555


def test_the_api_alone_is_published_and_on_loopback() -> None:
    assert [name for name, service in compose().items() if "ports" in service] == ["api"]
    assert re.fullmatch(r"\$\{API_PUBLISHED:-127\.0\.0\.1:8000\}:8000", *compose()["api"]["ports"])


def test_the_ports_are_those_that_the_processes_listen_on() -> None:
    import_module("flower.options")
    services = compose()
    _, _, bound = services["api"]["environment"]["SHADOW_SYNC_BIND"].rpartition(":")

    assert bound == ApiSettings.model_fields["bind"].default.rpartition(":")[2]
    assert services["api"]["ports"][0].endswith(f":{bound}")
    assert urls(services["api"]) == [f"http://127.0.0.1:{bound}/readyz"]
    assert flower_options.port == FLOWER_PORT
    assert services["flower"]["expose"] == [str(FLOWER_PORT)]
    assert urls(services["flower"]) == [f"http://127.0.0.1:{FLOWER_PORT}/healthcheck"]


def test_the_health_check_of_the_api_asks_for_a_page_that_it_has() -> None:
    settings = ApiSettings(admin_api_keys={"ops": bytes(32)}, jwt_secret="x" * 32)  # type: ignore[arg-type]
    [url] = urls(compose()["api"])

    assert urlsplit(url).path in {rule.rule for rule in create_app(settings).url_map.iter_rules()}


@pytest.mark.parametrize("name", product())
def test_a_service_is_handed_exactly_the_settings_that_it_reads(name: str) -> None:
    read = ApiSettings if name == "api" else Settings

    assert {variable for variable in product()[name]["environment"] if variable.startswith(PREFIX)} == {
        f"{PREFIX}{field.upper()}" for field in read.model_fields
    }


def test_the_variables_of_flower_are_options_of_flower() -> None:
    import_module("flower.options")
    variables = [name.removeprefix("FLOWER_") for name in compose()["flower"]["environment"] if "FLOWER_" in name]

    assert "BASIC_AUTH" in variables
    assert all(variable.lower() in flower_options for variable in variables)


def test_aws_credentials_reach_the_workers_alone() -> None:
    holders = {name for name, service in product().items() if any("AWS_" in key[:4] for key in service["environment"])}

    assert holders == {"worker", "bulk"}
    assert product()["bulk"]["environment"] == product()["worker"]["environment"]


def test_no_secret_has_a_default_and_a_missing_one_is_explained() -> None:
    substituted = re.findall(r"(?<!\$)\$\{(\w+)([^}]*)\}", TEXT)

    assert {name for name, rest in substituted if not rest.startswith(":?")} == {"API_PUBLISHED"}
    assert all(len(rest) > len(":?set it") for name, rest in substituted if name != "API_PUBLISHED")
    assert {"VALKEY_PASSWORD", "SHADOW_SYNC_ADMIN_API_KEYS", "FLOWER_BASIC_AUTH"} <= {name for name, _ in substituted}


@pytest.mark.parametrize("name", compose())
def test_a_container_is_confined_watched_and_started_again(name: str) -> None:
    service = compose()[name]

    assert service["read_only"]
    assert service["tmpfs"] == ["/tmp"]  # noqa: S108 - the container's own
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["restart"] == "unless-stopped"
    assert {"test", "interval", "timeout", "start_period"} <= service["healthcheck"].keys()
    assert seconds(service["stop_grace_period"]) > 0


@pytest.mark.parametrize("name", compose())
def test_a_container_is_given_nothing_of_the_host_and_no_root(name: str) -> None:
    service = compose()[name]

    assert not service.keys() & {
        "privileged",
        "cap_add",
        "devices",
        "network_mode",
        "pid",
        "ipc",
        "userns_mode",
        "group_add",
    }
    # Those of our own image are of the user that it says, the others of one that is said here.
    assert ("user" in service) == (name not in product())
    assert service.get("user") not in ("root", "0")
    assert service.get("volumes", []) == (["jobs:/data"] if name == "valkey" else [])
    assert not [port for port in service.get("ports", []) if "127.0.0.1" not in port]


@pytest.mark.parametrize("name", compose())
def test_a_health_check_ends_before_the_next_and_costs_no_login(name: str) -> None:
    check = compose()[name]["healthcheck"]

    assert seconds(check["timeout"]) <= seconds(check["interval"])
    assert not re.search("PASSWORD|SECRET|TOKEN|KEY", " ".join(check["test"]))


def test_valkey_keeps_every_job_it_has_accepted_and_its_password_off_the_command_line() -> None:
    valkey = compose()["valkey"]
    [*_, script] = valkey["command"]

    assert "--appendonly yes --appendfsync always" in script
    assert "--maxmemory-policy noeviction" in script
    assert "requirepass $$REDISCLI_AUTH" in script
    assert "VALKEY_PASSWORD" not in script
    assert urlsplit(Settings.model_fields["redis_url"].default).port == 6379
    assert product()["worker"]["environment"]["SHADOW_SYNC_REDIS_URL"].endswith("@valkey:6379/0")


@pytest.mark.parametrize("name", ["worker", "bulk"])
def test_a_worker_that_is_stopped_may_finish_what_it_has_begun(name: str) -> None:
    assert seconds(compose()[name]["stop_grace_period"]) > Settings().lease_seconds


def test_the_container_that_serves_many_things_leaves_the_machine_to_the_others() -> None:
    assert {name for name, service in compose().items() if "cpu_shares" in service} == {"bulk"}
    assert compose()["bulk"]["cpu_shares"] < 1024


def test_beats_health_check_waits_longer_than_beat_sleeps() -> None:
    [pause] = re.findall(r"sleep (\d+)", compose()["beat"]["healthcheck"]["test"][1])

    assert int(pause) > Settings().reconcile_seconds


@pytest.mark.parametrize("name", product())
def test_a_service_is_built_from_a_stage_of_the_dockerfile(name: str) -> None:
    stages = [words[-1] for instruction, words in dockerfile() if instruction == "FROM"]

    assert product()[name]["build"]["target"] in stages


def urls(service: dict[str, Any]) -> list[str]:
    words: Iterable[str] = service["healthcheck"]["test"]
    return [url for word in words for url in re.findall(r"'(http://[^']+)'", word)]


def seconds(duration: str) -> int:
    return int(duration.removesuffix("s"))
