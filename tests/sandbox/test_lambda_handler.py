"""The sandbox's Lambda with code of the user's behind it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError
from mypy_boto3_lambda import LambdaClient

from sandbox import HandlerError, RunningSandbox, running
from tests import waiting
from tests.sandbox.clients import FUNCTION, lambda_client
from tests.sandbox.receiver import Receiver

HANDLER = "tests.sandbox.handlers:handler"
ENVIRONMENT = {"EVENT_BUS_NAME": "default", "PARTNER_ID": "spk"}


@pytest.fixture(scope="module")
def _with_code() -> Iterator[RunningSandbox]:
    with running(lambda_handler=HANDLER, lambda_environment=ENVIRONMENT) as sandbox:
        yield sandbox


@pytest.fixture
def aws(_with_code: RunningSandbox) -> RunningSandbox:
    _with_code.reset(shadows=True)
    return _with_code


@pytest.fixture(scope="module")
def functions(_with_code: RunningSandbox) -> Iterator[LambdaClient]:
    with lambda_client(_with_code.url) as client:
        yield client


def invoke(functions: LambdaClient, event: Any, **parameters: Any) -> Any:
    """What the function returned; with FunctionError in it where it failed."""
    answer = functions.invoke(**{"FunctionName": FUNCTION, "Payload": json.dumps(event).encode(), **parameters})
    found = json.loads(answer["Payload"].read() or "null")
    return {**found, "FunctionError": answer["FunctionError"]} if "FunctionError" in answer else found


def test_the_answer_is_what_the_handler_returned_and_the_event_is_recorded(
    aws: RunningSandbox, functions: LambdaClient
) -> None:
    event = {"thingName": "lamp", "shadowName": "light", "version": 7, "big": 2**63, "f": 1.0, "text": "é\n\u2028"}
    assert invoke(functions, event) == event
    (seen,) = aws.invocations()
    assert (json.loads(seen["payload"]), seen["shadowName"], seen["functionError"]) == (event, "light", False)


def test_what_the_handler_raises_is_a_function_error_in_the_words_of_aws(
    aws: RunningSandbox, functions: LambdaClient
) -> None:
    answer = functions.invoke(FunctionName=FUNCTION, Payload=b'{"do":"raise"}')
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    raised = json.loads(answer["Payload"].read())
    first, last = raised.pop("stackTrace")
    assert "in handler\n" in first
    assert "in _raise\n    raise LockJammedError(" in last
    assert raised == {
        "errorMessage": "the bolt does not move",
        "errorType": "LockJammedError",
        "requestId": answer["ResponseMetadata"]["RequestId"],
    }
    assert aws.invocations()[0]["functionError"] is True
    assert aws.counters()["Invoke"]["functionErrors"] == 1


@pytest.mark.parametrize(
    ("what", "kind"),
    [("return_nonsense", "Runtime.MarshalError"), ("exit", "Runtime.ExitError"), ("die", "Runtime.ExitError")],
)
def test_a_function_that_ends_badly_is_a_function_error_and_the_next_run_is_well(
    aws: RunningSandbox, functions: LambdaClient, what: str, kind: str
) -> None:
    failed = invoke(functions, {"do": what})
    assert (failed["errorType"], failed["FunctionError"]) == (kind, "Unhandled")
    assert invoke(functions, {"n": 1}) == {"n": 1}


def test_a_function_that_takes_too_long_times_out_while_others_run(
    aws: RunningSandbox, functions: LambdaClient
) -> None:
    aws.turn(function_timeout_ms=300.0)
    failed = invoke(functions, {"do": "sleep", "seconds": 2})
    assert failed["errorType"] == "Sandbox.Timedout"
    assert "Task timed out after 0.30 seconds" in failed["errorMessage"]
    assert invoke(functions, {"n": 1}) == {"n": 1}


def test_runs_are_concurrent_and_the_server_answers_meanwhile(aws: RunningSandbox, functions: LambdaClient) -> None:
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(invoke, functions, {"do": "meet"})
        waiting.until(lambda: aws.counters().get("Invoke", {}).get("inFlight") == 1)
        second = pool.submit(invoke, functions, {"do": "meet"})
        assert first.result(10) == second.result(10) == {"met": True}


def test_the_function_has_its_own_environment_which_leads_back_to_the_sandbox(
    aws: RunningSandbox, functions: LambdaClient
) -> None:
    names = ["PARTNER_ID", "AWS_ENDPOINT_URL_EVENTBRIDGE", "AWS_ENDPOINT_URL", "AWS_REGION"]
    assert invoke(functions, {"do": "environment", "names": names}) == {
        "PARTNER_ID": "spk",
        "AWS_ENDPOINT_URL_EVENTBRIDGE": aws.url,
        "AWS_ENDPOINT_URL": aws.url,
        "AWS_REGION": "us-east-1",
    }
    (result,) = invoke(functions, {"do": "put"})
    assert [event["id"] for event in aws.events()] == [result["EventId"]]


def test_the_context_is_that_of_lambda(aws: RunningSandbox, functions: LambdaClient) -> None:
    context = invoke(functions, {"do": "context"}, Qualifier="live")
    (seen,) = aws.invocations()
    assert 25_000 < context.pop("remaining") <= 30_000
    assert context == {
        "arn": f"arn:aws:lambda:us-east-1:123456789012:function:{FUNCTION}:live",
        "name": FUNCTION,
        "version": "1",
        "requestId": seen["requestId"],
        "memory": "256",
    }


def test_what_the_function_prints_does_not_get_into_its_answer(aws: RunningSandbox, functions: LambdaClient) -> None:
    assert invoke(functions, {"do": "print"}) == {"do": "print"}


def test_an_event_invocation_is_accepted_at_once_and_run_again_where_it_fails(
    aws: RunningSandbox, functions: LambdaClient, tmp_path: Path
) -> None:
    aws.turn(wait_scale=0.0)
    event = {"do": "raise_once", "file": str(tmp_path / "raised")}
    answer = functions.invoke(FunctionName=FUNCTION, InvocationType="Event", Payload=json.dumps(event).encode())
    assert answer["StatusCode"] == 202
    waiting.until(lambda: len(aws.invocations()) == 2)
    assert [seen["functionError"] for seen in aws.invocations()] == [True, False]
    functions.invoke(FunctionName=FUNCTION, InvocationType="Event", Payload=b'{"do":"raise"}')
    waiting.until(lambda: aws.counters()["Invoke"]["functionErrors"] == 4)
    assert len(aws.invocations()) == 5
    assert aws.counters()["Invoke"]["calls"] == 2


def test_faults_to_order_come_before_the_code(aws: RunningSandbox, functions: LambdaClient) -> None:
    aws.fail_next("Invoke", "function_error")
    assert invoke(functions, {"do": "put"})["errorType"] == "RuntimeError"
    assert aws.events() == []
    aws.fail_next("Invoke", "lost_answer")
    with pytest.raises(ConnectionClosedError):
        invoke(functions, {"do": "put"})
    assert len(aws.events()) == 1


def test_a_caller_that_goes_away_is_counted_once_and_the_function_runs_on(aws: RunningSandbox, tmp_path: Path) -> None:
    done = tmp_path / "done"
    with lambda_client(aws.url, read_timeout=0.2) as functions, pytest.raises(ReadTimeoutError):
        invoke(functions, {"do": "sleep", "seconds": 0.5, "file": str(done)})
    waiting.until(lambda: aws.counters()["Invoke"]["abandoned"] == 1)
    waiting.until(done.exists)
    with lambda_client(aws.url) as functions:
        invoke(functions, {})
    counts = aws.counters()["Invoke"]
    assert [counts[name] for name in ("calls", "ok", "abandoned", "inFlight")] == [2, 1, 1, 0]


@pytest.mark.parametrize(
    ("handler", "why"),
    [
        ("no_such_module:handler", "No module named 'no_such_module'"),
        ("tests.sandbox.handlers:nobody", "has no attribute 'nobody'"),
        ("tests.sandbox.handlers:HANDLER", "has no attribute 'HANDLER'"),
        ("json:__name__", "__name__ is not a function"),
        ("json", "MODULE:FUNCTION"),
    ],
)
def test_a_handler_that_cannot_be_loaded_stops_the_start_and_says_why(handler: str, why: str) -> None:
    with pytest.raises(HandlerError, match=why), running(lambda_handler=handler):
        pass


def test_the_command_takes_a_handler_with_its_environment_and_a_destination(receiver: Receiver) -> None:
    options = [
        *("--lambda-handler", HANDLER, "--lambda-env", "PARTNER_ID=a=b", "--destination-url", receiver.url),
        *("--event-pattern", '{"source":["spk.iot.shadow"]}', "--wait-scale", "0"),
    ]
    command = [sys.executable, "-m", "sandbox", *options]
    environment = {**os.environ, "AWS_PROFILE": "of-a-real-account", "SANDBOX_DESTINATION_KEY": "geheim"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stdout is not None
            url = json.loads(process.stdout.readline())["url"]
            with lambda_client(url) as functions:
                names = ["PARTNER_ID", "AWS_PROFILE", "SANDBOX_DESTINATION_KEY"]
                found = invoke(functions, {"do": "environment", "names": names})
                assert found == {"PARTNER_ID": "a=b", "AWS_PROFILE": None, "SANDBOX_DESTINATION_KEY": None}
                (result,) = invoke(functions, {"do": "put"})
            waiting.until(lambda: receiver.received)
            assert receiver.received[0].json["id"] == result["EventId"]
            assert receiver.received[0].headers["x-api-key"] == "geheim"
            process.terminate()
            assert process.wait(10) == 0
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("options", "part"),
    [
        (("--lambda-handler", "no_such_module:x"), "No module named"),
        (("--lambda-env", "PARTNER_ID"), "NAME=VALUE"),
        (("--event-pattern", "{"), "not JSON"),
        (("--event-bus", "x"), "--destination-url"),
        (("--destination-url", "x"), "url"),
    ],
)
def test_a_bad_option_is_one_line_that_says_what_to_do(options: tuple[str, ...], part: str) -> None:
    command = [sys.executable, "-m", "sandbox", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode in (1, 2)
    assert part in done.stderr
    assert "Traceback" not in done.stderr


def test_the_real_function_puts_an_event_that_reaches_the_destination(receiver: Receiver) -> None:
    event = {
        "thingName": "lamp",
        "shadowName": "light",
        "version": 7,
        "reported": {"1/6/0": False},
        "desired": {"1/6/0": True},
        "metadata": {},
    }
    with (
        running(
            lambda_handler="pipeline.shadow_to_eventbridge:handler",
            lambda_environment=ENVIRONMENT,
            destination_url=receiver.url,
        ) as sandbox,
        lambda_client(sandbox.url) as functions,
    ):
        answer = invoke(functions, event)
        sandbox.fail_next("PutEventsEntry", "throttle")
        assert invoke(functions, event)["errorType"] == "ThrottledError"
        waiting.until(lambda: receiver.received)
    envelope = receiver.received[0].json
    assert answer == {"eventId": envelope["id"]}
    assert envelope["source"] == "spk.iot.shadow"
    detail = envelope["detail"]
    assert (detail["thingName"], detail["version"], detail["partnerId"]) == ("lamp", 7, "spk")
    assert json.loads(detail["deltaState"]) == {"1/6/0": True}
