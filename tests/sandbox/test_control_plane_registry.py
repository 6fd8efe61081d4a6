from __future__ import annotations

import json
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from mypy_boto3_iot import IoTClient

from sandbox import RegistryError, RunningSandbox, running
from sandbox.registry import Registry
from tests.sandbox.clients import control, control_plane_client
from tests.sandbox.pages import names


@pytest.mark.parametrize(
    ("part", "why"),
    [
        ({"groups": [{"thing_group_name": "a", "parent_group_name": "none"}]}, "none is not there yet"),
        ({"groups": [{"thing_group_name": "a", "things": ["ghost"]}]}, "ghost is not registered"),
        ({"groups": [{"thing_group_name": "hall", "parent_group_name": "attic"}]}, "hall is already somewhere else"),
        ({"things": [{"thing_name": "no good"}]}, r"things\.0\.thing_name"),
    ],
)
def test_what_cannot_be_registered_is_named_and_nothing_of_it_is(
    aws: RunningSandbox, control_plane: IoTClient, part: dict[str, Any], why: str
) -> None:
    aws.seed_group("hall")
    aws.seed_group("attic")
    with pytest.raises(RegistryError, match=why):
        aws.register({"things": [{"thing_name": "fine"}], **part})
    assert names(control_plane.list_things) == []


def test_the_registry_is_filled_and_looked_at_over_http(aws: RunningSandbox, control_plane: IoTClient) -> None:
    body = {
        "things": [{"thingName": "lamp", "thingTypeName": "light", "attributes": {"site": "north"}}],
        "groups": [
            {"thingGroupName": "house"},
            {"thingGroupName": "h", "parentGroupName": "house", "things": ["lamp"]},
        ],
        "rules": [{"ruleName": "r", "sql": "SELECT 1"}],
    }
    house = {"thingGroupName": "house", "parentGroupName": None, "things": 0}
    h = {"thingGroupName": "h", "parentGroupName": "house", "things": 1}
    assert control(aws.url, "POST", "registry", body) == (200, {"things": 1, "groups": [house, h]})
    assert control(aws.url, "GET", "registry") == (200, {"things": 1, "groups": [house, h]})
    assert names(control_plane.list_things_in_thing_group, thingGroupName="house", recursive=True) == ["lamp"]
    assert control_plane.get_topic_rule(ruleName="r")["rule"]["sql"] == "SELECT 1"
    for bad, part in ((b"{", "not JSON"), ([], "registry"), ({"groups": [{"thingGroupName": "a b"}]}, "groups.0")):
        status, answer = control(aws.url, "POST", "registry", bad)
        assert status == 400
        assert part in answer["error"]


def test_the_fleet_is_in_the_group_fleet_and_comes_back_with_a_reset() -> None:
    with running(fleet="3x1", registry={"groups": [{"thingGroupName": "low", "parentGroupName": "fleet"}]}) as aws:
        things = sorted(aws.things())
        aws.forget_thing(things[0])
        aws.seed_group("more")
        with control_plane_client(aws.url) as client:
            fleet = {"thingGroupName": "fleet", "recursive": True}
            assert names(client.list_things_in_thing_group, **fleet) == things[1:]
            aws.reset()
            assert names(client.list_things_in_thing_group, **fleet) == things[1:]
            aws.reset(shadows=True)
            assert names(client.list_things_in_thing_group, **fleet) == names(client.list_things) == things
            groups = control(aws.url, "GET", "registry")[1]["groups"]
            assert [group["thingGroupName"] for group in groups] == ["fleet", "low"]


def test_twenty_thousand_things_are_listed_and_searched_within_seconds_and_cost_little_memory() -> None:
    with running(fleet="20000x1") as aws, control_plane_client(aws.url) as client:
        start = time.monotonic()
        assert len(set(names(client.list_things, maxResults=250))) == 20_000
        assert len(names(client.list_things_in_thing_group, thingGroupName="fleet", maxResults=250)) == 20_000
        assert names(client.search_index, queryString="thingName:nobody*") == []
        assert time.monotonic() - start < 10
    things = [f"{number:036d}" for number in range(20_000)]
    tracemalloc.start()
    try:
        registry = Registry()
        registry.add_fleet(things)
        registry.things()
        registry.members("fleet", recursive=True)
        assert tracemalloc.get_traced_memory()[0] < 4_000_000
    finally:
        tracemalloc.stop()


def test_the_command_takes_a_file_for_the_registry_and_says_what_is_wrong_with_one(tmp_path: Path) -> None:
    seed = tmp_path / "registry.json"
    seed.write_text(json.dumps({"things": [{"thingName": "extra"}], "groups": [{"thingGroupName": "hall"}]}))
    command = [sys.executable, "-m", "sandbox", "--iot-control-index", "off", "--fleet", "2x1", "--registry"]
    with subprocess.Popen([*command, str(seed)], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = json.loads(process.stdout.readline())["url"]
            shown = control(url, "GET", "registry")[1]
            assert shown["things"] == 3
            assert [(group["thingGroupName"], group["things"]) for group in shown["groups"]] == [
                ("fleet", 2),
                ("hall", 0),
            ]
            assert control(url, "GET", "knobs")[1]["iot_control_index"] == "off"
        finally:
            process.kill()
    for content, part in (("{", "not JSON"), ('{"things": [{}]}', "thingName"), ('{"ghosts": []}', "ghosts")):
        seed.write_text(content)
        done = subprocess.run([*command, str(seed)], capture_output=True, text=True, timeout=20, check=False)
        assert done.returncode == 2
        assert part in done.stderr
        assert "Traceback" not in done.stderr
