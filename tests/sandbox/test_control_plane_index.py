from __future__ import annotations

import json

import pytest
from mypy_boto3_iot import IoTClient

from sandbox import RunningSandbox
from tests.sandbox.clients import http_request
from tests.sandbox.pages import names, pages


def test_results_come_in_pages_of_a_hundred_at_most(aws: RunningSandbox, control_plane: IoTClient) -> None:
    things = [f"lamp-{number:03d}" for number in range(230)]
    aws.register({"things": [{"thing_name": thing} for thing in things]})
    found = pages(control_plane.search_index, queryString="thingName:lamp*")
    assert [len(page) for page in found] == [100, 100, 30]
    assert names(control_plane.search_index, queryString="thingName:lamp*", maxResults=99) == things
    with pytest.raises(control_plane.exceptions.InvalidRequestException, match="1 to 100"):
        control_plane.search_index(queryString="*", maxResults=101)


def test_a_query_is_needed_and_must_be_json(aws: RunningSandbox) -> None:
    for body in (b"", b"[]", b"{}", b'{"queryString":""}', b"\xff"):
        status, headers, _ = http_request(aws.url, "POST", "/indices/search", body)
        assert (status, headers["x-amzn-errortype"]) == (400, "InvalidRequestException")


def test_another_index_or_one_that_is_off_is_not_found(aws: RunningSandbox, control_plane: IoTClient) -> None:
    with pytest.raises(control_plane.exceptions.ResourceNotFoundException, match="AWS_ThingGroups"):
        control_plane.search_index(indexName="AWS_ThingGroups", queryString="*")
    assert control_plane.search_index(indexName="AWS_Things", queryString="*")["things"] == []
    aws.turn(iot_control_index="off")
    with pytest.raises(control_plane.exceptions.ResourceNotFoundException):
        control_plane.search_index(queryString="*")


def test_an_index_that_is_being_built_is_not_ready_for_as_long_or_as_often_as_ordered(
    aws: RunningSandbox, control_plane: IoTClient
) -> None:
    aws.fail_next("SearchIndex", "index_not_ready", times=2)
    for _ in range(2):
        with pytest.raises(control_plane.exceptions.IndexNotReadyException) as raised:
            control_plane.search_index(queryString="*")
        assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    control_plane.search_index(queryString="*")
    aws.turn(iot_control_index="building")
    with pytest.raises(control_plane.exceptions.IndexNotReadyException):
        control_plane.search_index(queryString="*")


def test_only_the_shadows_that_are_indexed_are_searched_and_shown(
    aws: RunningSandbox, control_plane: IoTClient
) -> None:
    for shadow in ("lock", "light", None):
        aws.seed("lamp", shadow, reported={"n": 1})
    aws.turn(iot_control_indexed_shadows=["lock"])
    assert names(control_plane.search_index, queryString="shadow.name.light.reported.n:1") == []
    found = control_plane.search_index(queryString="shadow.name.lock.reported.n:1 shadow.reported.n:1")["things"]
    assert list(json.loads(found[0]["shadow"])["name"]) == ["lock"]
