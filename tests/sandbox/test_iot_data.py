from __future__ import annotations

import json
import time

import pytest
from botocore.exceptions import ClientError
from mypy_boto3_iot_data import IoTDataPlaneClient

from sandbox import RunningSandbox
from tests.sandbox.clients import code_and_status, document, http_request, update

LIST = "/api/things/shadow/ListNamedShadowsForThing"


def _seed_many(aws: RunningSandbox, thing: str, count: int) -> list[str]:
    names = [f"shadow_{number:03d}" for number in range(count)]
    for name in names:
        aws.seed(thing, name, reported={"n": 1})
    return names


def test_a_thing_with_more_than_a_hundred_shadows_is_listed_whole_over_several_pages(
    aws: RunningSandbox, iot: IoTDataPlaneClient
) -> None:
    names = _seed_many(aws, "bridge", 205)
    pages: list[list[str]] = []
    token = ""
    while (token or not pages) and len(pages) < 5:
        arguments = {"nextToken": token} if token else {}
        page = iot.list_named_shadows_for_thing(thingName="bridge", pageSize=100, **arguments)
        pages.append(page["results"])
        token = page.get("nextToken", "")
    assert [len(page) for page in pages] == [100, 100, 5]
    assert sum(pages, []) == names  # noqa: RUF017


def test_a_page_that_ends_with_the_last_shadow_has_no_next_token(aws: RunningSandbox, iot: IoTDataPlaneClient) -> None:
    _seed_many(aws, "bridge", 4)
    page = iot.list_named_shadows_for_thing(thingName="bridge", pageSize=4)
    assert len(page["results"]) == 4
    assert "nextToken" not in page


def test_without_a_page_size_a_page_has_25_names_and_the_time_in_seconds(
    aws: RunningSandbox, iot: IoTDataPlaneClient
) -> None:
    _seed_many(aws, "bridge", 30)
    page = iot.list_named_shadows_for_thing(thingName="bridge")
    assert len(page["results"]) == 25
    assert abs(page["timestamp"] - time.time()) < 5


def test_a_thing_nobody_ever_saw_lists_no_shadows_rather_than_404(aws: RunningSandbox, iot: IoTDataPlaneClient) -> None:
    aws.add_thing("bare")
    for thing in ("bare", "never-seen"):
        page = iot.list_named_shadows_for_thing(thingName=thing)
        assert page["results"] == []
        assert page["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_classic_and_deleted_shadows_are_not_listed(aws: RunningSandbox, iot: IoTDataPlaneClient) -> None:
    aws.seed("lamp", None, reported={"n": 1})
    aws.seed("lamp", "gone", reported={"n": 1})
    aws.seed("lamp", "here", reported={"n": 1})
    assert iot.list_named_shadows_for_thing(thingName="lamp")["results"] == ["gone", "here"]
    iot.delete_thing_shadow(thingName="lamp", shadowName="gone")
    assert iot.list_named_shadows_for_thing(thingName="lamp")["results"] == ["here"]
    assert json.loads(iot.get_thing_shadow(thingName="lamp")["payload"].read())["state"] == {"reported": {"n": 1}}


@pytest.mark.parametrize("size", ["0", "101", "-1", "abc", "1.5", "", "99999999"])
def test_a_page_size_outside_1_to_100_is_an_invalid_request(aws: RunningSandbox, size: str) -> None:
    status, headers, body = http_request(aws.url, "GET", f"{LIST}/lamp?pageSize={size}")
    assert (status, headers["x-amzn-errortype"]) == (400, "InvalidRequestException")
    assert "1 to 100" in json.loads(body)["message"]


def test_a_next_token_that_is_garbage_or_of_another_thing_is_an_invalid_request(
    aws: RunningSandbox, iot: IoTDataPlaneClient
) -> None:
    _seed_many(aws, "bridge", 3)
    token = iot.list_named_shadows_for_thing(thingName="bridge", pageSize=1)["nextToken"]
    for thing, bad in (("bridge", "garbage!"), ("bridge", "Zm9v"), ("lamp", token)):
        with pytest.raises(iot.exceptions.InvalidRequestException, match="nextToken"):
            iot.list_named_shadows_for_thing(thingName=thing, nextToken=bad)


def test_a_missing_shadow_is_a_404_in_the_words_of_aws(aws: RunningSandbox, iot: IoTDataPlaneClient) -> None:
    with pytest.raises(iot.exceptions.ResourceNotFoundException) as raised:
        iot.get_thing_shadow(thingName="lamp", shadowName="lock")
    response = raised.value.response
    assert response["Error"]["Message"] == "No shadow exists with name: 'lock'"
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 404
    assert len(response["ResponseMetadata"]["RequestId"]) == 36
    status, headers, body = http_request(aws.url, "GET", "/things/lamp/shadow?name=lock")
    assert (status, headers["x-amzn-errortype"]) == (404, "ResourceNotFoundException")
    assert set(json.loads(body)) == {"message", "traceId"}


def test_a_document_leaves_out_the_sections_that_are_empty(aws: RunningSandbox, iot: IoTDataPlaneClient) -> None:
    update(iot, "lamp", "light", state={"reported": {"1/6/0": True}, "desired": {}})
    read = document(iot, "lamp", "light")
    assert read["state"] == {"reported": {"1/6/0": True}}
    assert set(read["metadata"]) == {"reported"}
    assert set(read) == {"state", "metadata", "version", "timestamp"}
    assert abs(read["timestamp"] - time.time()) < 5


def test_a_document_shows_the_delta_of_what_is_desired_and_not_reported(
    aws: RunningSandbox, iot: IoTDataPlaneClient
) -> None:
    update(iot, "lamp", "light", state={"reported": {"on": False, "level": 1}, "desired": {"on": True, "level": 1.0}})
    assert document(iot, "lamp", "light")["state"]["delta"] == {"on": True}


def test_numbers_keep_their_json_type_and_every_digit(aws: RunningSandbox, iot: IoTDataPlaneClient) -> None:
    aws.seed("lamp", "light", reported={"big": 2**60 + 1, "whole": 1, "float": 1.0})
    raw = iot.get_thing_shadow(thingName="lamp", shadowName="light")["payload"].read()
    assert b'"reported":{"big":1152921504606846977,"whole":1,"float":1.0}' in raw


def test_a_shadow_name_with_a_dollar_and_a_thing_name_with_a_colon_are_legal(
    aws: RunningSandbox, iot: IoTDataPlaneClient
) -> None:
    update(iot, "hub:1", "$package_1", state={"reported": {"n": 1}})
    assert iot.list_named_shadows_for_thing(thingName="hub:1")["results"] == ["$package_1"]


@pytest.mark.parametrize("thing", ["a%20b", "a%2Fb", "a" * 129, "%C3%A9", "a%00"])
def test_an_illegal_thing_name_is_an_invalid_request(aws: RunningSandbox, thing: str) -> None:
    for target in (f"{LIST}/{thing}", f"/things/{thing}/shadow?name=x"):
        status, headers, _ = http_request(aws.url, "GET", target)
        assert (status, headers["x-amzn-errortype"]) == (400, "InvalidRequestException")


def test_a_request_without_an_authorization_header_is_refused_as_aws_does(aws: RunningSandbox) -> None:
    for method, target in (
        ("GET", "/things/lamp/shadow"),
        ("GET", f"{LIST}/lamp"),
        ("POST", "/2015-03-31/functions/f/invocations"),
    ):
        status, headers, body = http_request(aws.url, method, target, headers={})
        assert (status, headers["x-amzn-errortype"]) == (403, "MissingAuthenticationTokenException")
        assert json.loads(body)["message"] == "Missing Authentication Token"
        assert headers["x-amzn-requestid"]


def test_an_unsupported_method_is_405_and_an_unknown_operation_404(aws: RunningSandbox) -> None:
    status, headers, _ = http_request(aws.url, "PUT", "/things/lamp/shadow")
    assert (status, headers["x-amzn-errortype"]) == (405, "MethodNotAllowedException")
    status, headers, _ = http_request(aws.url, "GET", "/nothing/here")
    assert (status, headers["x-amzn-errortype"]) == (404, "UnknownOperationException")


@pytest.mark.parametrize(
    "body", [b"", b"not json", b"\xff\xfe", b'{"state":' * 500 + b"1" + b"}" * 500, b" " * 30_000], ids=lambda b: len(b)
)
def test_a_raw_document_is_given_byte_for_byte_until_it_is_taken_back(
    aws: RunningSandbox, iot: IoTDataPlaneClient, body: bytes
) -> None:
    aws.seed("lamp", "light", reported={"n": 1})
    aws.put_raw("lamp", "light", body)
    assert iot.get_thing_shadow(thingName="lamp", shadowName="light")["payload"].read() == body
    aws.put_raw("lamp", "light", None)
    assert document(iot, "lamp", "light")["state"] == {"reported": {"n": 1}}


def test_a_vanished_shadow_is_listed_and_yet_not_found(aws: RunningSandbox, iot: IoTDataPlaneClient) -> None:
    aws.seed("lamp", "light", reported={"n": 1})
    aws.vanish("lamp", "light")
    assert iot.list_named_shadows_for_thing(thingName="lamp")["results"] == ["light"]
    with pytest.raises(ClientError) as raised:
        iot.get_thing_shadow(thingName="lamp", shadowName="light")
    assert code_and_status(raised.value) == ("ResourceNotFoundException", 404)
