from __future__ import annotations

import socket

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError
from mypy_boto3_iot_data import IoTDataPlaneClient
from mypy_boto3_lambda import LambdaClient

from sandbox import RunningSandbox
from tests.sandbox.clients import FUNCTION, code_and_status

EVENT = b'{"thingName":"lamp","shadowName":"light"}'


@pytest.mark.parametrize(
    ("fault", "iot_outcome", "lambda_outcome"),
    [
        ("throttle", ("ThrottlingException", 429), ("TooManyRequestsException", 429)),
        ("error", ("InternalFailureException", 500), ("ServiceException", 500)),
        ("unavailable", ("ServiceUnavailableException", 503), ("ServiceUnavailableException", 503)),
        ("denied", ("ForbiddenException", 403), ("AccessDeniedException", 403)),
    ],
)
def test_a_scripted_fault_hits_exactly_the_calls_it_names(
    aws: RunningSandbox,
    iot: IoTDataPlaneClient,
    functions: LambdaClient,
    fault: str,
    iot_outcome: tuple[str, int],
    lambda_outcome: tuple[str, int],
) -> None:
    aws.seed("lamp", "light", reported={"n": 1})
    aws.seed("lamp", "other", reported={"n": 1})
    aws.fail_next("GetThingShadow", fault, shadow="light", times=2)
    aws.fail_next("Invoke", fault)
    iot.get_thing_shadow(thingName="lamp", shadowName="other")
    for _ in range(2):
        with pytest.raises(ClientError) as raised:
            iot.get_thing_shadow(thingName="lamp", shadowName="light")
        assert code_and_status(raised.value) == iot_outcome
    iot.get_thing_shadow(thingName="lamp", shadowName="light")
    with pytest.raises(ClientError) as raised:
        functions.invoke(FunctionName=FUNCTION, Payload=EVENT)
    assert code_and_status(raised.value) == lambda_outcome
    functions.invoke(FunctionName=FUNCTION, Payload=EVENT)
    assert len(aws.invocations()) == 1


def test_a_reset_invoke_never_ran_and_one_with_a_lost_answer_did(aws: RunningSandbox, functions: LambdaClient) -> None:
    aws.fail_next("Invoke", "reset")
    with pytest.raises(ConnectionClosedError):
        functions.invoke(FunctionName=FUNCTION, Payload=EVENT)
    assert aws.invocations() == []
    assert [refusal["error"] for refusal in aws.refusals()] == ["reset"]
    aws.fail_next("Invoke", "lost_answer")
    with pytest.raises(ConnectionClosedError):
        functions.invoke(FunctionName=FUNCTION, Payload=EVENT)
    assert len(aws.invocations()) == 1
    assert aws.counters()["Invoke"]["resets"] == 2


def test_a_reset_is_a_tcp_reset_and_not_an_orderly_close(aws: RunningSandbox) -> None:
    aws.turn(iot_reset_rate=1.0)
    host, port = aws.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(b"GET /things/lamp/shadow HTTP/1.1\r\nHost: x\r\nAuthorization: x\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            connection.recv(1)
