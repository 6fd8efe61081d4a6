from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError
from mypy_boto3_iot_data import IoTDataPlaneClient
from mypy_boto3_lambda import LambdaClient

from sandbox import KnobError, RunningSandbox
from tests import waiting
from tests.sandbox.clients import FUNCTION, code_and_status, iot_client, lambda_client

EVENT = b'{"thingName":"lamp","shadowName":"light"}'


def _outcome(call: Callable[[], Any]) -> str:
    try:
        call()
    except ClientError as error:
        return code_and_status(error)[0]
    except ConnectionClosedError:
        return "reset"
    return "ok"


def test_a_knob_for_one_service_leaves_the_other_alone(
    aws: RunningSandbox, iot: IoTDataPlaneClient, functions: LambdaClient
) -> None:
    aws.seed("lamp", "light", reported={"n": 1})
    aws.turn(iot_error_rate=1.0)
    functions.invoke(FunctionName=FUNCTION, Payload=EVENT)
    with pytest.raises(ClientError) as raised:
        iot.get_thing_shadow(thingName="lamp", shadowName="light")
    assert code_and_status(raised.value)[1] in (500, 503)
    aws.turn(iot_error_rate=0.0, lambda_error_rate=1.0)
    iot.get_thing_shadow(thingName="lamp", shadowName="light")
    with pytest.raises(ClientError):
        functions.invoke(FunctionName=FUNCTION, Payload=EVENT)
    counters = aws.counters()
    assert (counters["GetThingShadow"]["errors"], counters["GetThingShadow"]["ok"]) == (1, 1)
    assert (counters["Invoke"]["errors"], counters["Invoke"]["ok"]) == (1, 1)


def test_the_same_seed_makes_the_same_calls_fail(aws: RunningSandbox, functions: LambdaClient) -> None:
    runs = []
    for seed in (1, 1, 2):
        aws.reset()
        aws.turn(seed=seed, lambda_error_rate=0.3, lambda_reset_rate=0.2)
        runs.append([_outcome(lambda: functions.invoke(FunctionName=FUNCTION, Payload=EVENT)) for _ in range(40)])
    assert runs[0] == runs[1] != runs[2]
    assert set(runs[0]) == {"ok", "reset", "ServiceException", "ServiceUnavailableException"}


def test_reset_after_work_lets_every_reset_call_have_its_effect(aws: RunningSandbox, functions: LambdaClient) -> None:
    aws.turn(lambda_reset_rate=1.0, reset_after_work=True)
    with pytest.raises(ConnectionClosedError):
        functions.invoke(FunctionName=FUNCTION, Payload=EVENT)
    assert len(aws.invocations()) == 1


def test_above_the_throttle_calls_are_refused_at_once_and_pass_again_later(
    aws: RunningSandbox, iot: IoTDataPlaneClient
) -> None:
    aws.seed("lamp", "light", reported={"n": 1})
    aws.turn(iot_throttle_above=5.0, iot_latency_ms=1.0)

    def get() -> str:
        return _outcome(lambda: iot.get_thing_shadow(thingName="lamp", shadowName="light"))

    start = time.monotonic()
    outcomes = [get() for _ in range(40)]
    allowed = 5 + 5 * (time.monotonic() - start) + 1
    assert outcomes[:5] == ["ok"] * 5
    assert outcomes.count("ok") <= allowed
    assert outcomes.count("ThrottlingException") == 40 - outcomes.count("ok") > 0
    waiting.until(lambda: get() == "ok")


def test_a_throttled_call_does_not_wait_for_the_latency(aws: RunningSandbox, iot: IoTDataPlaneClient) -> None:
    aws.turn(iot_throttle_above=0.0, iot_latency_ms=60_000.0)
    with pytest.raises(iot.exceptions.ThrottlingException):
        iot.get_thing_shadow(thingName="lamp", shadowName="light")


def test_latency_holds_every_answer_back_and_calls_wait_side_by_side(
    aws: RunningSandbox, iot: IoTDataPlaneClient
) -> None:
    aws.seed("lamp", "light", reported={"n": 1})
    aws.turn(iot_latency_ms=150.0)

    def timed(_: int) -> float:
        start = time.monotonic()
        iot.get_thing_shadow(thingName="lamp", shadowName="light")
        return time.monotonic() - start

    start = time.monotonic()
    with ThreadPoolExecutor(20) as pool:
        assert min(pool.map(timed, range(20))) >= 0.145
    assert time.monotonic() - start < 1.5
    assert aws.counters()["GetThingShadow"]["peakInFlight"] > 10


def test_one_slow_shadow_times_out_while_the_others_answer(aws: RunningSandbox) -> None:
    aws.turn(lambda_latency_for={"slow": 60_000.0})
    with lambda_client(aws.url, read_timeout=0.2) as functions:
        functions.invoke(FunctionName=FUNCTION, Payload=b'{"shadowName":"quick"}')
        with pytest.raises(ReadTimeoutError):
            functions.invoke(FunctionName=FUNCTION, Payload=b'{"shadowName":"slow"}')
    waiting.until(lambda: aws.counters()["Invoke"]["abandoned"] == 1)
    assert aws.counters()["Invoke"]["inFlight"] == 0
    assert [seen["shadowName"] for seen in aws.invocations()] == ["quick", "slow"]


def test_one_shadow_can_be_slow_to_read(aws: RunningSandbox) -> None:
    aws.seed("lamp", "slow", reported={"n": 1})
    aws.seed("lamp", "quick", reported={"n": 1})
    aws.turn(iot_latency_for={"slow": 60_000.0})
    with iot_client(aws.url, read_timeout=0.2) as iot:
        iot.get_thing_shadow(thingName="lamp", shadowName="quick")
        with pytest.raises(ReadTimeoutError):
            iot.get_thing_shadow(thingName="lamp", shadowName="slow")


@pytest.mark.parametrize(
    ("knobs", "field"),
    [
        ({"iot_latency_ms": -1}, "iot_latency_ms"),
        ({"iot_latency_ms": "20"}, "iot_latency_ms"),
        ({"lambda_error_rate": 1.1}, "lambda_error_rate"),
        ({"lambda_reset_rate": float("nan")}, "lambda_reset_rate"),
        ({"iot_throttle_above": -5}, "iot_throttle_above"),
        ({"lambda_latency_for": {"x": -1}}, "lambda_latency_for.x"),
        ({"function_error_for": "light"}, "function_error_for"),
        ({"functions": ["no good"]}, "functions.0"),
        ({"seed": 1.5}, "seed"),
        ({"no_such_knob": 1}, "no_such_knob"),
    ],
)
def test_a_knob_that_cannot_be_turned_so_is_named_and_nothing_changes(
    aws: RunningSandbox, knobs: dict[str, Any], field: str
) -> None:
    before = aws.turn()
    with pytest.raises(KnobError) as raised:
        aws.turn(iot_error_rate=0.5, **knobs)
    assert [detail["field"] for detail in raised.value.details] == [field]
    assert aws.turn() == before


def test_a_reset_brings_the_knobs_the_script_and_the_documents_back(
    aws: RunningSandbox, iot: IoTDataPlaneClient
) -> None:
    aws.seed("lamp", "light", reported={"n": 1})
    aws.vanish("lamp", "light")
    aws.turn(iot_error_rate=1.0)
    aws.fail_next("GetThingShadow", "reset", times=100)
    aws.reset()
    iot.get_thing_shadow(thingName="lamp", shadowName="light")
    assert aws.counters()["GetThingShadow"] == {
        "calls": 1,
        "ok": 1,
        "throttled": 0,
        "errors": 0,
        "rejected": 0,
        "resets": 0,
        "abandoned": 0,
        "functionErrors": 0,
        "inFlight": 0,
        "peakInFlight": 1,
    }


def test_a_key_that_is_not_one_of_the_access_keys_is_refused_as_aws_does(
    aws: RunningSandbox, iot: IoTDataPlaneClient, functions: LambdaClient
) -> None:
    functions.invoke(FunctionName=FUNCTION, Payload=EVENT)
    aws.turn(access_keys=["AKIAOTHER"])
    for call in (
        lambda: functions.invoke(FunctionName=FUNCTION, Payload=EVENT),
        lambda: iot.list_named_shadows_for_thing(thingName="lamp"),
    ):
        with pytest.raises(ClientError) as raised:
            call()
        assert code_and_status(raised.value) == ("UnrecognizedClientException", 403)
    assert [call["thingName"] for call in aws.invocations()] == ["lamp"]
