"""The contract on which the sandbox and moto's server, written by others, must agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.server import ThreadedMotoServer
from mypy_boto3_iot_data import IoTDataPlaneClient

from sandbox import running
from tests.sandbox.clients import code_and_status, document, iot_client, update


@dataclass
class Cloud:
    iot: IoTDataPlaneClient
    create_thing: Callable[[str], None]


@pytest.fixture(scope="module", params=["sandbox", "moto"])
def cloud(request: pytest.FixtureRequest) -> Iterator[Cloud]:
    if request.param == "sandbox":
        with running() as aws, iot_client(aws.url) as iot:
            yield Cloud(iot, aws.add_thing)
        return
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        url = f"http://{host}:{port}"
        registry = boto3.client(
            "iot", endpoint_url=url, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
        )
        with iot_client(url) as iot:
            yield Cloud(iot, lambda thing: registry.create_thing(thingName=thing) and None)
        registry.close()
    finally:
        server.stop()


def test_an_update_can_be_read_back_with_its_delta_version_and_metadata(cloud: Cloud) -> None:
    cloud.create_thing("read-back")
    state = {
        "reported": {"1/6/0": False, "level": {"now": 3, "max": 9}},
        "desired": {"1/6/0": True, "level": {"now": 4, "max": 9}},
    }
    accepted = update(cloud.iot, "read-back", "light", state=state)
    assert accepted["version"] == 1
    assert accepted["state"] == state
    read = document(cloud.iot, "read-back", "light")
    assert read["state"] == {**state, "delta": {"1/6/0": True, "level": {"now": 4}}}
    assert read["version"] == 1
    assert set(read["metadata"]) == {"reported", "desired"}
    assert set(read["metadata"]["reported"]["level"]["now"]) == {"timestamp"}


def test_updates_merge_and_count_versions(cloud: Cloud) -> None:
    cloud.create_thing("merge")
    update(cloud.iot, "merge", "light", state={"reported": {"a": {"x": 1, "y": 2}, "list": [1, 2], "gone": 1}})
    assert (
        update(cloud.iot, "merge", "light", state={"reported": {"a": {"y": 3}, "list": [3], "gone": None}})["version"]
        == 2
    )
    read = document(cloud.iot, "merge", "light")
    assert read["state"] == {"reported": {"a": {"x": 1, "y": 3}, "list": [3]}}
    assert read["version"] == 2


def test_what_is_desired_and_reported_alike_has_no_delta(cloud: Cloud) -> None:
    cloud.create_thing("alike")
    update(cloud.iot, "alike", "light", state={"reported": {"n": 1, "more": 2}, "desired": {"n": 1}})
    assert "delta" not in document(cloud.iot, "alike", "light")["state"]


def test_an_outdated_version_is_a_conflict(cloud: Cloud) -> None:
    cloud.create_thing("outdated")
    update(cloud.iot, "outdated", "light", state={"reported": {"n": 1}})
    with pytest.raises(ClientError) as raised:
        update(cloud.iot, "outdated", "light", state={"reported": {"n": 2}}, version=5)
    assert code_and_status(raised.value) == ("ConflictException", 409)


@pytest.mark.parametrize("body", [b"{", b"{}", b'{"state":1}', b'{"state":{"other":{}}}'])
def test_a_malformed_update_is_an_invalid_request(cloud: Cloud, body: bytes) -> None:
    cloud.create_thing("malformed")
    with pytest.raises(ClientError) as raised:
        cloud.iot.update_thing_shadow(thingName="malformed", shadowName="light", payload=body)
    assert code_and_status(raised.value) == ("InvalidRequestException", 400)


def test_a_missing_or_deleted_shadow_is_not_found(cloud: Cloud) -> None:
    cloud.create_thing("missing")
    update(cloud.iot, "missing", "light", state={"reported": {"n": 1}})
    cloud.iot.delete_thing_shadow(thingName="missing", shadowName="light")
    for shadow in ("light", "never"):
        with pytest.raises(ClientError) as raised:
            cloud.iot.get_thing_shadow(thingName="missing", shadowName=shadow)
        assert code_and_status(raised.value) == ("ResourceNotFoundException", 404)


def test_the_named_shadows_of_a_thing_are_listed(cloud: Cloud) -> None:
    cloud.create_thing("listed")
    for name in ("device_info", "lock", "$package"):
        update(cloud.iot, "listed", name, state={"reported": {"n": 1}})
    found = cloud.iot.list_named_shadows_for_thing(thingName="listed", pageSize=100)["results"]
    assert sorted(found) == ["$package", "device_info", "lock"]


def test_a_thing_without_shadows_lists_none(cloud: Cloud) -> None:
    cloud.create_thing("bare")
    assert cloud.iot.list_named_shadows_for_thing(thingName="bare")["results"] == []
