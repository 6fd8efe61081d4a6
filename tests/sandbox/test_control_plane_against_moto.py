"""The contract on which the sandbox's control plane and that of moto's server, written by others, must agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import urllib3
from botocore.exceptions import ClientError
from moto.server import ThreadedMotoServer
from mypy_boto3_iot import IoTClient

from sandbox import running
from tests.sandbox.clients import code_and_status, control_plane_client
from tests.sandbox.pages import names

RULE = "SELECT * FROM '$aws/things/+/shadow/name/+/update/accepted'"


@dataclass
class Cloud:
    iot: IoTClient
    create_thing: Callable[[str, dict[str, str]], None]
    create_group: Callable[[str, list[str]], None]
    create_rule: Callable[[str, str], None]


@pytest.fixture(scope="module", params=["sandbox", "moto"])
def cloud(request: pytest.FixtureRequest) -> Iterator[Cloud]:
    if request.param == "sandbox":
        with running() as aws, control_plane_client(aws.url) as iot:
            yield Cloud(
                iot, lambda name, values: aws.seed_thing(name, attributes=values), aws.seed_group, aws.seed_rule
            )
        return
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        # What it holds belongs to the process, and others may have used it.
        urllib3.request("POST", f"http://{host}:{port}/moto-api/reset", timeout=10.0)
        with control_plane_client(f"http://{host}:{port}") as iot:
            yield _moto(iot)
    finally:
        server.stop()


def _moto(iot: IoTClient) -> Cloud:
    def create_thing(name: str, attributes: dict[str, str]) -> None:
        iot.create_thing(thingName=name, attributePayload={"attributes": attributes})

    def create_group(name: str, things: list[str]) -> None:
        iot.create_thing_group(thingGroupName=name)
        for thing in things:
            iot.add_thing_to_thing_group(thingGroupName=name, thingName=thing)

    def create_rule(name: str, sql: str) -> None:
        iot.create_topic_rule(ruleName=name, topicRulePayload={"sql": sql, "actions": []})

    return Cloud(iot, create_thing, create_group, create_rule)


def test_things_are_listed_page_by_page_and_by_attribute(cloud: Cloud) -> None:
    for number in range(5):
        cloud.create_thing(f"listed-{number}", {"site": "north" if number % 2 else "south"})
    listed = [thing for thing in names(cloud.iot.list_things, maxResults=2) if thing.startswith("listed-")]
    assert sorted(listed) == [f"listed-{number}" for number in range(5)]
    assert len(cloud.iot.list_things(maxResults=2)["things"]) == 2
    asked = {"attributeName": "site", "attributeValue": "north", "maxResults": 1}
    assert sorted(names(cloud.iot.list_things, **asked)) == ["listed-1", "listed-3"]


def test_a_thing_is_described_and_a_missing_one_not_found(cloud: Cloud) -> None:
    cloud.create_thing("described", {"colour": "red"})
    described = cloud.iot.describe_thing(thingName="described")
    assert (described["thingName"], described["attributes"], described["version"]) == (
        "described",
        {"colour": "red"},
        1,
    )
    assert described["thingArn"] == "arn:aws:iot:us-east-1:123456789012:thing/described"
    with pytest.raises(ClientError) as raised:
        cloud.iot.describe_thing(thingName="nobody")
    assert code_and_status(raised.value) == ("ResourceNotFoundException", 404)


def test_a_group_lists_its_things_and_a_missing_one_is_not_found(cloud: Cloud) -> None:
    for thing in ("grouped-1", "grouped-2"):
        cloud.create_thing(thing, {})
    cloud.create_group("hall", ["grouped-1", "grouped-2"])
    assert sorted(names(cloud.iot.list_things_in_thing_group, thingGroupName="hall")) == ["grouped-1", "grouped-2"]
    with pytest.raises(ClientError) as raised:
        cloud.iot.list_things_in_thing_group(thingGroupName="nothing")
    assert code_and_status(raised.value) == ("ResourceNotFoundException", 404)


def test_a_search_finds_things_by_name_and_attribute(cloud: Cloud) -> None:
    cloud.create_thing("found-1", {"shade": "dark"})
    cloud.create_thing("found-2", {"shade": "light"})
    for query, found in (
        ("thingName:found-1", ["found-1"]),
        ("thingName:found-*", ["found-1", "found-2"]),
        ("attributes.shade:light", ["found-2"]),
        ("thingName:found-* AND attributes.shade:dark", ["found-1"]),
    ):
        assert sorted(names(cloud.iot.search_index, queryString=query)) == found


def test_a_topic_rule_is_told(cloud: Cloud) -> None:
    cloud.create_rule("told", RULE)
    rule = cloud.iot.get_topic_rule(ruleName="told")["rule"]
    assert (rule["ruleName"], rule["sql"], rule["actions"], rule["ruleDisabled"]) == ("told", RULE, [], False)
