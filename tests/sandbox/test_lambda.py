from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError
from mypy_boto3_lambda import LambdaClient

from sandbox import RunningSandbox
from tests.sandbox.clients import FUNCTION, SIGNED, code_and_status, http_request, parsed

EVENT = b'{"thingName":"lamp", "shadowName":"light", "version":7, "reported":{"big":1152921504606846977,"f":1.0}}'
INVOCATIONS = f"/2015-03-31/functions/{FUNCTION}/invocations"
MEGABYTE = 1024 * 1024


def test_a_synchronous_invoke_answers_200_and_records_the_event_byte_for_byte(
    aws: RunningSandbox, functions: LambdaClient
) -> None:
    response = functions.invoke(FunctionName=FUNCTION, Payload=EVENT)
    assert response["StatusCode"] == 200
    assert response["ExecutedVersion"] == "$LATEST"
    assert "FunctionError" not in response
    assert json.loads(response["Payload"].read()) == {"statusCode": 200}
    (seen,) = aws.invocations()
    assert seen["payload"] == EVENT
    assert (seen["thingName"], seen["shadowName"], seen["version"]) == ("lamp", "light", 7)
    assert (seen["function"], seen["invocationType"], seen["qualifier"]) == (FUNCTION, "RequestResponse", "$LATEST")
    assert seen["requestId"] == response["ResponseMetadata"]["RequestId"]


def test_an_event_invoke_answers_202_and_is_recorded(aws: RunningSandbox, functions: LambdaClient) -> None:
    response = functions.invoke(FunctionName=FUNCTION, InvocationType="Event", Payload=EVENT)
    assert (response["StatusCode"], response["Payload"].read()) == (202, b"")
    assert [seen["invocationType"] for seen in aws.invocations()] == ["Event"]


def test_a_dry_run_answers_204_and_runs_nothing(aws: RunningSandbox, functions: LambdaClient) -> None:
    response = functions.invoke(FunctionName=FUNCTION, InvocationType="DryRun", Payload=EVENT)
    assert response["StatusCode"] == 204
    assert response["Payload"].read() == b""
    assert aws.invocations() == []


@pytest.mark.parametrize(
    ("reference", "qualifier", "executed"),
    [
        (FUNCTION, "$LATEST", "$LATEST"),
        (f"{FUNCTION}:live", "live", "1"),
        (f"{FUNCTION}:42", "42", "42"),
        (f"123456789012:function:{FUNCTION}", "$LATEST", "$LATEST"),
        (f"arn:aws:lambda:eu-central-1:123456789012:function:{FUNCTION}", "$LATEST", "$LATEST"),
        (f"arn:aws:lambda:eu-central-1:123456789012:function:{FUNCTION}:live", "live", "1"),
    ],
)
def test_a_function_can_be_named_by_name_partial_arn_or_arn_with_a_qualifier(
    aws: RunningSandbox, functions: LambdaClient, reference: str, qualifier: str, executed: str
) -> None:
    assert functions.invoke(FunctionName=reference, Payload=EVENT)["ExecutedVersion"] == executed
    (seen,) = aws.invocations()
    assert (seen["function"], seen["qualifier"]) == (FUNCTION, qualifier)


def test_the_qualifier_can_be_a_parameter_of_its_own(aws: RunningSandbox, functions: LambdaClient) -> None:
    assert functions.invoke(FunctionName=FUNCTION, Qualifier="7", Payload=EVENT)["ExecutedVersion"] == "7"


def test_a_function_that_does_not_exist_is_a_404_in_the_words_of_aws(
    aws: RunningSandbox, functions: LambdaClient
) -> None:
    with pytest.raises(functions.exceptions.ResourceNotFoundException) as raised:
        functions.invoke(FunctionName="nobody", Payload=EVENT)
    assert code_and_status(raised.value) == ("ResourceNotFoundException", 404)
    assert parsed(raised.value)["Type"] == "User"
    assert (
        raised.value.response["Error"]["Message"]
        == "Function not found: arn:aws:lambda:us-east-1:123456789012:function:nobody"
    )
    assert aws.invocations() == []
    assert [refusal["error"] for refusal in aws.refusals()] == ["ResourceNotFoundException"]


def test_the_functions_that_exist_are_configured(aws: RunningSandbox, functions: LambdaClient) -> None:
    aws.turn(functions=["one", "two"])
    assert functions.invoke(FunctionName="two", Payload=b"{}")["StatusCode"] == 200
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.invoke(FunctionName=FUNCTION, Payload=b"{}")


def test_a_function_that_raises_is_a_200_with_a_function_error_that_quotes_its_input(
    aws: RunningSandbox, functions: LambdaClient
) -> None:
    aws.turn(function_error_for=["light"])
    response = functions.invoke(FunctionName=FUNCTION, Payload=EVENT)
    assert (response["StatusCode"], response["FunctionError"]) == (200, "Unhandled")
    raised = json.loads(response["Payload"].read())
    assert raised["errorType"] == "RuntimeError"
    assert EVENT.decode() in raised["errorMessage"]
    assert "thingName" not in raised["errorMessage"].splitlines()[0]
    other = functions.invoke(FunctionName=FUNCTION, Payload=b'{"shadowName":"other"}')
    assert "FunctionError" not in other
    assert [seen["functionError"] for seen in aws.invocations()] == [True, False]
    assert aws.counters()["Invoke"]["functionErrors"] == 1


def test_a_function_that_raises_after_an_event_invoke_is_still_a_202(
    aws: RunningSandbox, functions: LambdaClient
) -> None:
    aws.turn(function_error_rate=1.0)
    response = functions.invoke(FunctionName=FUNCTION, InvocationType="Event", Payload=EVENT)
    assert response["StatusCode"] == 202
    assert "FunctionError" not in response
    assert aws.invocations()[0]["functionError"] is True


@pytest.mark.parametrize("payload", [b"not json", b"\xff", b"{", b"   ", b'{"n":NaN}'])
def test_an_event_that_is_not_json_is_invalid_request_content(
    aws: RunningSandbox, functions: LambdaClient, payload: bytes
) -> None:
    with pytest.raises(functions.exceptions.InvalidRequestContentException) as raised:
        functions.invoke(FunctionName=FUNCTION, Payload=payload)
    assert code_and_status(raised.value) == ("InvalidRequestContentException", 400)
    assert raised.value.response["Error"]["Message"].startswith("Could not parse request body into json")
    assert aws.invocations() == []


@pytest.mark.parametrize("payload", [b"", b"null", b"[1]", b'"text"', b'{"thingName":5,"version":true}'])
def test_any_json_event_is_accepted_and_its_missing_facts_are_null(
    aws: RunningSandbox, functions: LambdaClient, payload: bytes
) -> None:
    assert functions.invoke(FunctionName=FUNCTION, Payload=payload)["StatusCode"] == 200
    (seen,) = aws.invocations()
    assert (seen["thingName"], seen["shadowName"], seen["version"], seen["payload"]) == (None, None, None, payload)


@pytest.mark.parametrize(
    ("kind", "limit"), [("RequestResponse", 6 * MEGABYTE), ("Event", MEGABYTE), ("RequestResponse", 20 * MEGABYTE)]
)
def test_an_event_above_the_limit_is_too_large(aws: RunningSandbox, kind: str, limit: int) -> None:
    headers = SIGNED | {"X-Amz-Invocation-Type": kind}
    status, answered, body = http_request(aws.url, "POST", INVOCATIONS, b'"' + b"x" * (limit - 1) + b'"', headers)
    assert (status, answered["x-amzn-errortype"]) == (413, "RequestTooLargeException")
    assert json.loads(body)["Type"] == "User"
    assert aws.invocations() == []


@pytest.mark.parametrize(("kind", "limit"), [("RequestResponse", 6 * MEGABYTE), ("Event", MEGABYTE)])
def test_an_event_of_exactly_the_limit_is_accepted(aws: RunningSandbox, kind: str, limit: int) -> None:
    headers = SIGNED | {"X-Amz-Invocation-Type": kind}
    status, _, _ = http_request(aws.url, "POST", INVOCATIONS, b'"' + b"x" * (limit - 2) + b'"', headers)
    assert status in (200, 202)
    assert aws.invocations()[0]["bytes"] == limit


def test_an_unknown_invocation_type_is_an_invalid_parameter_value(aws: RunningSandbox) -> None:
    headers = SIGNED | {"X-Amz-Invocation-Type": "Sometimes"}
    status, answered, _ = http_request(aws.url, "POST", INVOCATIONS, b"{}", headers)
    assert (status, answered["x-amzn-errortype"]) == (400, "InvalidParameterValueException")


def test_a_throttled_invoke_says_when_to_come_back_and_why(aws: RunningSandbox, functions: LambdaClient) -> None:
    aws.turn(lambda_throttle_above=0.0)
    with pytest.raises(functions.exceptions.TooManyRequestsException) as raised:
        functions.invoke(FunctionName=FUNCTION, Payload=EVENT)
    response = parsed(raised.value)
    assert code_and_status(raised.value) == ("TooManyRequestsException", 429)
    assert response["retryAfterSeconds"] == "1"
    assert response["Reason"] == "ReservedFunctionInvocationRateLimitExceeded"
    assert aws.invocations() == []
    (refusal,) = aws.refusals()
    assert (refusal["thingName"], refusal["shadowName"]) == ("lamp", "light")
    assert refusal["error"] == "TooManyRequestsException"


def test_a_failed_invoke_is_recorded_apart_from_the_accepted_one_that_follows(
    aws: RunningSandbox, functions: LambdaClient
) -> None:
    aws.fail_next("Invoke", "error", shadow="light")
    with pytest.raises(ClientError) as raised:
        functions.invoke(FunctionName=FUNCTION, Payload=EVENT)
    assert code_and_status(raised.value) == ("ServiceException", 500)
    functions.invoke(FunctionName=FUNCTION, Payload=EVENT)
    assert len(aws.invocations()) == len(aws.refusals()) == 1
