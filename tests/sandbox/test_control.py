from __future__ import annotations

import json
from typing import Any

import pytest
from mypy_boto3_iot_data import IoTDataPlaneClient
from mypy_boto3_lambda import LambdaClient

from sandbox import RunningSandbox
from sandbox.record import Event, Invocation, Record
from tests.sandbox.clients import FUNCTION, control


def test_health_and_things_can_be_asked_for_without_a_signature(aws: RunningSandbox) -> None:
    aws.seed("lamp", "light", reported={"n": 1})
    aws.seed("lamp", None, reported={"n": 1})
    aws.add_thing("bare")
    assert control(aws.url, "GET", "health") == (200, {"status": "ok"})
    assert control(aws.url, "GET", "things") == (200, {"things": {"lamp": 1, "bare": 0}})


def test_knobs_are_read_and_turned_over_http(aws: RunningSandbox, functions: LambdaClient) -> None:
    status, knobs = control(aws.url, "PATCH", "knobs", {"lambda_throttle_above": 0, "iot_latency_ms": 1})
    assert (status, knobs["lambda_throttle_above"], knobs["iot_latency_ms"]) == (200, 0, 1)
    assert control(aws.url, "GET", "knobs") == (200, knobs)
    with pytest.raises(functions.exceptions.TooManyRequestsException):
        functions.invoke(FunctionName=FUNCTION, Payload=b"{}")
    control(aws.url, "PATCH", "knobs", {"lambda_throttle_above": None})
    assert functions.invoke(FunctionName=FUNCTION, Payload=b"{}")["StatusCode"] == 200


@pytest.mark.parametrize(
    ("body", "part"),
    [
        ({"iot_error_rate": 2}, "iot_error_rate"),
        ({"typo": 1}, "typo"),
        ([1], "JSON object"),
        (b"{", "not JSON"),
        (b"\xff", "not JSON"),
    ],
)
def test_bad_knobs_are_a_400_that_says_what_is_wrong(aws: RunningSandbox, body: Any, part: str) -> None:
    status, answer = control(aws.url, "PATCH", "knobs", body)
    assert status == 400
    assert part in answer["error"]


def test_faults_are_scripted_over_http_and_used_up(aws: RunningSandbox, iot: IoTDataPlaneClient) -> None:
    script = [{"call": "ListNamedShadowsForThing", "fault": "throttle", "times": 1}]
    assert control(aws.url, "POST", "faults", script)[0] == 200
    with pytest.raises(iot.exceptions.ThrottlingException):
        iot.list_named_shadows_for_thing(thingName="lamp")
    assert control(aws.url, "GET", "faults") == (200, {"faults": []})


@pytest.mark.parametrize("script", [{}, [{"call": "Invoke"}], [{"call": "Invoke", "fault": "fire"}], [{"times": 0}]])
def test_a_bad_script_is_a_400(aws: RunningSandbox, script: Any) -> None:
    status, answer = control(aws.url, "POST", "faults", script)
    assert status == 400
    assert "list of" in answer["error"]


def test_a_raw_document_and_a_vanished_shadow_are_made_over_http(aws: RunningSandbox, iot: IoTDataPlaneClient) -> None:
    assert control(aws.url, "PUT", "raw-shadow/hub%3A1/light", b"not json")[0] == 200
    assert iot.get_thing_shadow(thingName="hub:1", shadowName="light")["payload"].read() == b"not json"
    assert control(aws.url, "PUT", "vanished/hub:1/light")[0] == 200
    with pytest.raises(iot.exceptions.ResourceNotFoundException):
        iot.get_thing_shadow(thingName="hub:1", shadowName="light")
    assert control(aws.url, "DELETE", "vanished/hub:1/light")[0] == 200
    assert control(aws.url, "DELETE", "raw-shadow/hub:1/light")[0] == 200
    assert json.loads(iot.get_thing_shadow(thingName="hub:1", shadowName="light")["payload"].read())["state"] == {}
    assert control(aws.url, "PUT", "vanished/hub:1/none")[0] == 404
    assert control(aws.url, "PUT", "raw-shadow/hub%201/light", b"x")[0] == 400


def test_invocations_are_filtered_limited_and_paged_in_the_order_they_came(
    aws: RunningSandbox, functions: LambdaClient
) -> None:
    for thing in ("a", "b"):
        for shadow in ("x", "y"):
            event = json.dumps({"thingName": thing, "shadowName": shadow}).encode()
            functions.invoke(FunctionName=FUNCTION, Payload=event)

    def ask(query: str) -> list[tuple[str, str]]:
        _, answer = control(aws.url, "GET", f"invocations?{query}")
        assert answer["total"] == 4
        return [(row["thingName"], row["shadowName"]) for row in answer["invocations"]]

    assert ask("") == [("a", "x"), ("a", "y"), ("b", "x"), ("b", "y")]
    assert ask("thingName=b") == [("b", "x"), ("b", "y")]
    assert ask("shadowName=x") == [("a", "x"), ("b", "x")]
    assert ask("thingName=b&shadowName=y") == [("b", "y")]
    assert ask("limit=1&after=2") == [("b", "x")]
    _, answer = control(aws.url, "GET", "invocations?limit=1&payload=true")
    assert answer["invocations"][0]["payload"] == '{"thingName": "a", "shadowName": "x"}'
    assert "payload" not in control(aws.url, "GET", "invocations?limit=1")[1]["invocations"][0]


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "limit=10001", "after=-1", "payload=maybe"])
def test_a_bad_query_is_a_400_that_names_the_parameter(aws: RunningSandbox, query: str) -> None:
    status, answer = control(aws.url, "GET", f"invocations?{query}")
    assert status == 400
    assert query.partition("=")[0] in answer["error"]


def test_counters_and_refusals_tell_accepted_calls_from_failed_ones(
    aws: RunningSandbox, functions: LambdaClient
) -> None:
    functions.invoke(FunctionName=FUNCTION, Payload=b'{"shadowName":"fine"}')
    aws.fail_next("Invoke", "throttle")
    with pytest.raises(functions.exceptions.TooManyRequestsException):
        functions.invoke(FunctionName=FUNCTION, Payload=b'{"shadowName":"late"}')
    _, counters = control(aws.url, "GET", "counters")
    assert counters["invocations"] == 1
    assert (counters["calls"]["Invoke"]["ok"], counters["calls"]["Invoke"]["throttled"]) == (1, 1)
    _, refusals = control(aws.url, "GET", "refusals")
    assert [(row["shadowName"], row["error"]) for row in refusals["refusals"]] == [("late", "TooManyRequestsException")]
    assert control(aws.url, "POST", "reset")[0] == 200
    assert control(aws.url, "GET", "counters")[1]["invocations"] == 0
    assert control(aws.url, "GET", "refusals")[1] == {"refusals": []}


def test_a_reset_can_take_the_documents_back_to_the_start_too(aws: RunningSandbox) -> None:
    aws.seed("lamp", "light", reported={"n": 1})
    control(aws.url, "POST", "reset")
    assert aws.things() == {"lamp": 1}
    control(aws.url, "POST", "reset?shadows=true")
    assert aws.things() == {}


@pytest.mark.parametrize(
    ("method", "target"), [("GET", "nothing"), ("DELETE", "knobs"), ("GET", "raw-shadow/a/b"), ("PUT", "other/a/b")]
)
def test_an_unknown_route_is_a_404_that_lists_those_there_are(aws: RunningSandbox, method: str, target: str) -> None:
    status, answer = control(aws.url, method, target)
    assert status == 404
    assert "/sandbox/" in answer["error"]


def test_old_invocations_and_payloads_are_forgotten_so_that_memory_stays_bounded() -> None:
    record = Record(invocations=3, payloads=2)
    for number in range(5):
        event = Event("lamp", "light", number)
        record.invoked(Invocation(FUNCTION, "$LATEST", "Event", f"id-{number}", event, False), b"%d" % number)
    assert [row["version"] for row in record.invocations()] == [2, 3, 4]
    assert [record.payload(sequence) for sequence in (3, 4, 5)] == [None, b"3", b"4"]
    assert record.total == 5
