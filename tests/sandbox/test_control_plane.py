from __future__ import annotations

import time
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st
from mypy_boto3_iot import IoTClient
from mypy_boto3_iot_data import IoTDataPlaneClient

from sandbox import RunningSandbox
from sandbox.paging import page
from tests.sandbox.clients import code_and_status, http_request, update
from tests.sandbox.pages import names, pages


def _lamps(aws: RunningSandbox, count: int) -> list[str]:
    lamps = [f"lamp-{number:03d}" for number in range(count)]
    for lamp in lamps:
        aws.seed_thing(lamp)
    return lamps


def test_boto3_finds_the_control_plane_by_the_variables_that_the_sandbox_gives(
    aws: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws.seed_thing("lamp")
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    client = boto3.client("iot")
    assert names(client.list_things) == ["lamp"]
    client.close()


def test_every_thing_is_listed_once_over_pages_of_at_most_what_was_asked(
    aws: RunningSandbox, control_plane: IoTClient
) -> None:
    lamps = _lamps(aws, 120)
    assert [len(page) for page in pages(control_plane.list_things, maxResults=50)] == [50, 50, 20]
    assert names(control_plane.list_things, maxResults=50) == lamps
    assert len(control_plane.list_things()["things"]) == 25
    assert [len(page) for page in pages(control_plane.list_things, maxResults=120)] == [120]


def test_a_thing_is_listed_and_described_with_what_the_registry_knows(
    aws: RunningSandbox, control_plane: IoTClient
) -> None:
    aws.seed_thing("lamp", thing_type="light", attributes={"site": "north"})
    listed: dict[str, Any] = dict(control_plane.list_things()["things"][0])
    arn = "arn:aws:iot:us-east-1:123456789012:thing/lamp"
    facts = {"thingName": "lamp", "thingTypeName": "light", "thingArn": arn, "attributes": {"site": "north"}}
    assert listed == {**facts, "version": 1}
    aws.seed_thing("lamp", thing_type="light", attributes={"site": "south"})
    described = control_plane.describe_thing(thingName="lamp")
    assert (described["attributes"], described["version"]) == ({"site": "south"}, 2)
    assert (described["defaultClientId"], len(described["thingId"])) == ("lamp", 36)


def test_a_thing_that_nobody_registered_is_not_found_though_it_has_a_shadow(
    aws: RunningSandbox, control_plane: IoTClient, iot: IoTDataPlaneClient
) -> None:
    update(iot, "stray", "light", state={"reported": {"n": 1}})
    assert names(control_plane.list_things) == []
    for thing in ("stray", "never-seen"):
        with pytest.raises(control_plane.exceptions.ResourceNotFoundException) as raised:
            control_plane.describe_thing(thingName=thing)
        assert code_and_status(raised.value) == ("ResourceNotFoundException", 404)


def test_a_forgotten_thing_keeps_its_shadows_and_leaves_its_groups(
    aws: RunningSandbox, control_plane: IoTClient, iot: IoTDataPlaneClient
) -> None:
    aws.seed("lamp", "light", reported={"n": 1})
    aws.seed_group("hall", ["lamp"])
    assert names(control_plane.list_things) == ["lamp"]
    aws.forget_thing("lamp")
    assert names(control_plane.list_things) == names(control_plane.list_things_in_thing_group, thingGroupName="hall")
    assert names(control_plane.list_things) == []
    iot.get_thing_shadow(thingName="lamp", shadowName="light")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"thingTypeName": "light"}, ["a", "b"]),
        ({"attributeName": "site", "attributeValue": "north"}, ["a", "c"]),
        ({"attributeName": "site", "attributeValue": "nor"}, []),
        ({"attributeName": "site", "attributeValue": "nor", "usePrefixAttributeValue": True}, ["a", "c"]),
        ({"attributeName": "site"}, ["a", "b", "c"]),
        ({"attributeName": "site", "attributeValue": "north", "thingTypeName": "light"}, ["a"]),
        ({"thingTypeName": "none"}, []),
    ],
)
def test_things_are_listed_by_attribute_and_type(
    aws: RunningSandbox, control_plane: IoTClient, asked: dict[str, Any], found: list[str]
) -> None:
    aws.seed_thing("a", thing_type="light", attributes={"site": "north"})
    aws.seed_thing("b", thing_type="light", attributes={"site": "south"})
    aws.seed_thing("c", thing_type="lock", attributes={"site": "north"})
    aws.seed_thing("d")
    assert names(control_plane.list_things, maxResults=1, **asked) == found


def test_a_group_lists_its_own_things_and_recursively_those_of_the_groups_below(
    aws: RunningSandbox, control_plane: IoTClient
) -> None:
    lamps = _lamps(aws, 9)
    aws.seed_group("house", lamps[:2])
    aws.seed_group("floor", lamps[2:4], parent="house")
    aws.seed_group("room", [lamps[0], *lamps[4:8]], parent="floor")
    listing = control_plane.list_things_in_thing_group
    assert names(listing, thingGroupName="house") == lamps[:2]
    assert names(listing, thingGroupName="room") == [lamps[0], *lamps[4:8]]
    recursive = pages(listing, thingGroupName="house", recursive=True, maxResults=3)
    assert recursive == [lamps[:3], lamps[3:6], lamps[6:8]]
    aws.seed_group("room", [lamps[8]])
    assert names(listing, thingGroupName="floor", recursive=True)[-1] == lamps[8]


def test_a_group_that_does_not_exist_is_not_found(aws: RunningSandbox, control_plane: IoTClient) -> None:
    with pytest.raises(ClientError) as raised:
        control_plane.list_things_in_thing_group(thingGroupName="fleet")
    assert code_and_status(raised.value) == ("ResourceNotFoundException", 404)


def test_a_topic_rule_is_told_as_it_was_seeded_and_another_denied(
    aws: RunningSandbox, control_plane: IoTClient
) -> None:
    action = {"lambda": {"functionArn": "arn:aws:lambda:us-east-1:123456789012:function:f"}}
    aws.seed_rule("shadows", "SELECT * FROM '$aws/things/+/shadow/name/+/update/accepted'", actions=[action])
    answer = control_plane.get_topic_rule(ruleName="shadows")
    assert answer["ruleArn"] == "arn:aws:iot:us-east-1:123456789012:rule/shadows"
    rule = answer["rule"]
    assert rule["sql"] == "SELECT * FROM '$aws/things/+/shadow/name/+/update/accepted'"
    assert (rule["actions"], rule["ruleDisabled"], rule["awsIotSqlVersion"]) == ([action], False, "2015-10-08")
    assert abs(rule["createdAt"].timestamp() - time.time()) < 5
    with pytest.raises(control_plane.exceptions.UnauthorizedException, match="'other' was denied"):
        control_plane.get_topic_rule(ruleName="other")


@pytest.mark.parametrize("size", ["0", "251", "-1", "abc", ""])
def test_more_than_250_things_a_page_is_an_invalid_request(aws: RunningSandbox, size: str) -> None:
    aws.seed_group("hall")
    for target in ("/things", "/thing-groups/hall/things"):
        status, headers, body = http_request(aws.url, "GET", f"{target}?maxResults={size}")
        assert (status, headers["x-amzn-errortype"]) == (400, "InvalidRequestException")
        assert b"1 to 250" in body


def test_the_token_of_another_listing_is_an_invalid_request(aws: RunningSandbox, control_plane: IoTClient) -> None:
    aws.seed_group("hall", _lamps(aws, 3))
    token = control_plane.list_things(maxResults=1)["nextToken"]
    for call in (
        lambda: control_plane.list_things(nextToken="garbage!"),
        lambda: control_plane.list_things(nextToken=token, thingTypeName="light"),
        lambda: control_plane.list_things_in_thing_group(thingGroupName="hall", nextToken=token),
        lambda: control_plane.search_index(queryString="*", nextToken=token),
    ):
        with pytest.raises(control_plane.exceptions.InvalidRequestException, match="nextToken"):
            call()


@given(
    st.sets(st.text("abcdef", min_size=1, max_size=3)),
    st.sets(st.text("abcdef", min_size=1, max_size=3)),
    st.integers(1, 5),
    st.none() | st.integers(1, 5),
)
def test_what_is_there_all_the_time_is_listed_once_whatever_comes_and_goes(
    staying: set[str], passing: set[str], limit: int, examined: int | None
) -> None:
    """The listing is of one half of the names that come and go, then of the other half, by turns."""
    halves = [sorted(staying | {name for name in passing if len(name) % 2 == half}) for half in (0, 1)]
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        halves.reverse()
        found, after = page(halves[0], after, limit, examined=examined)
        assert len(found) <= limit
        seen += found
    assert len(seen) == len(set(seen))
    assert staying <= set(seen)
