from __future__ import annotations

import time
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError
from mypy_boto3_iot import IoTClient
from mypy_boto3_iot_data import IoTDataPlaneClient

from sandbox import RunningSandbox
from tests.sandbox.clients import code_and_status, http_request
from tests.sandbox.pages import pages

OPERATIONS: dict[str, dict[str, Any]] = {
    "ListThings": {},
    "ListThingsInThingGroup": {"thingGroupName": "hall"},
    "SearchIndex": {"queryString": "*"},
    "DescribeThing": {"thingName": "lamp"},
    "GetTopicRule": {"ruleName": "r"},
}


def _call(client: IoTClient, operation: str) -> Any:
    methods = {name: method for method, name in client.meta.method_to_api_mapping.items()}
    return getattr(client, methods[operation])(**OPERATIONS[operation])


def _seed(aws: RunningSandbox) -> None:
    aws.seed_thing("lamp")
    aws.seed_group("hall", ["lamp"])
    aws.seed_rule("r", "SELECT * FROM 'a'")


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_fails_as_ordered_with_the_errors_of_the_control_plane(
    aws: RunningSandbox, control_plane: IoTClient, operation: str
) -> None:
    _seed(aws)
    for fault, error in (
        ("throttle", ("ThrottlingException", 400)),
        ("error", ("InternalFailureException", 500)),
        ("unavailable", ("ServiceUnavailableException", 503)),
        ("denied", ("AccessDeniedException", 403)),
    ):
        aws.fail_next(operation, fault)
        with pytest.raises(ClientError) as raised:
            _call(control_plane, operation)
        assert code_and_status(raised.value) == error
    aws.fail_next(operation, "reset")
    with pytest.raises(ConnectionClosedError):
        _call(control_plane, operation)
    _call(control_plane, operation)
    counts = aws.counters()[operation]
    ended = {name: counts[name] for name in ("throttled", "errors", "rejected", "resets", "ok")}
    assert ended == {"throttled": 1, "errors": 2, "rejected": 1, "resets": 1, "ok": 1}


def test_a_listing_can_be_throttled_halfway_and_goes_on_where_it_was(
    aws: RunningSandbox, control_plane: IoTClient
) -> None:
    things = [f"lamp-{number}" for number in range(6)]
    aws.register({"things": [{"thing_name": thing} for thing in things]})
    aws.fail_next("ListThings", "throttle", times=2, after=2)
    seen: list[str] = []
    token: dict[str, str] = {}
    throttled_at: list[int] = []
    while len(throttled_at) < 5:
        try:
            page = control_plane.list_things(maxResults=2, **token)  # type: ignore[arg-type]
        except control_plane.exceptions.ThrottlingException:
            throttled_at.append(len(seen))
            continue
        seen += [thing["thingName"] for thing in page["things"]]
        if "nextToken" not in page:
            break
        token = {"nextToken": page["nextToken"]}
    assert (seen, throttled_at) == (things, [4, 4])


def test_the_control_plane_has_a_throttle_and_a_latency_of_its_own(
    aws: RunningSandbox, control_plane: IoTClient, iot: IoTDataPlaneClient
) -> None:
    aws.seed("lamp", "light", reported={"n": 1})
    aws.turn(iot_control_throttle_above=0.0, iot_control_latency_ms=500.0)
    with pytest.raises(control_plane.exceptions.ThrottlingException):
        control_plane.list_things()
    start = time.monotonic()
    iot.get_thing_shadow(thingName="lamp", shadowName="light")
    assert time.monotonic() - start < 0.45
    aws.turn(iot_control_throttle_above=None, iot_throttle_above=0.0)
    start = time.monotonic()
    control_plane.list_things()
    assert time.monotonic() - start >= 0.49


def test_the_control_plane_has_error_and_reset_rates_of_its_own(
    aws: RunningSandbox, control_plane: IoTClient, iot: IoTDataPlaneClient
) -> None:
    aws.turn(iot_control_error_rate=1.0)
    with pytest.raises(ClientError) as raised:
        control_plane.list_things()
    assert code_and_status(raised.value)[1] in (500, 503)
    iot.list_named_shadows_for_thing(thingName="lamp")
    aws.turn(iot_control_error_rate=0.0, iot_control_reset_rate=1.0)
    with pytest.raises(ConnectionClosedError):
        control_plane.list_things()


def test_pages_can_be_short_or_empty_though_others_follow(aws: RunningSandbox, control_plane: IoTClient) -> None:
    for number in range(7):
        aws.seed_thing(f"lamp-{number}", attributes={"site": "north"} if number in (0, 6) else {})
    aws.turn(iot_control_page_examines=3)
    assert [len(page) for page in pages(control_plane.list_things, maxResults=250)] == [3, 3, 1]
    query = "attributes.site:north"
    assert pages(control_plane.search_index, queryString=query) == [["lamp-0"], [], ["lamp-6"]]


def test_a_request_without_an_authorization_header_is_refused(aws: RunningSandbox) -> None:
    for method, target in (("GET", "/things"), ("GET", "/rules/r"), ("POST", "/indices/search")):
        status, headers, _ = http_request(aws.url, method, target, headers={})
        assert (status, headers["x-amzn-errortype"]) == (403, "MissingAuthenticationTokenException")
