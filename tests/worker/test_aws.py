"""The three calls, against the sandbox and against moto; and what each thing that can go wrong is taken for."""

import json
from collections.abc import Callable

import boto3
import pytest

from sandbox import Fault, RunningSandbox
from tests.conftest import free_port
from worker.aws import Aws
from worker.failures import Failure, PermanentError, RetryableError
from worker.settings import Settings, SettingsError


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """With time-outs that nothing here reaches: no call is made twice."""
    return settings.model_copy(update={"iot_timeout_seconds": 10.0, "lambda_timeout_seconds": 10.0})


def names(aws: Aws, thing_name: str) -> list[str]:
    return [name for page in aws.named_shadows(thing_name) for name in page]


def test_all_pages_of_named_shadows_are_read(aws: Aws, sandbox: RunningSandbox) -> None:
    expected = [f"shadow-{number:03}" for number in range(237)]
    for name in expected:
        sandbox.seed("bridge", name, {"a": 1})

    assert sorted(names(aws, "bridge")) == expected
    assert sandbox.counters()["ListNamedShadowsForThing"]["calls"] == 3


def test_a_thing_that_does_not_exist_has_no_named_shadows(aws: Aws) -> None:
    assert names(aws, "nobody") == []


def test_a_shadow_is_read_byte_for_byte(aws: Aws, sandbox: RunningSandbox) -> None:
    sandbox.seed("lock", "$config", {"a": 1})
    sandbox.put_raw("lock", "$config", b'{"state": {"reported": {"a": 1.0}},  "version": 3}')

    assert aws.shadow("lock", "$config") == b'{"state": {"reported": {"a": 1.0}},  "version": 3}'


def test_the_lambda_receives_the_payload_as_it_is(aws: Aws, sandbox: RunningSandbox) -> None:
    invocation = aws.invoke(b'{"version":1.0}')

    [received] = sandbox.invocations()
    assert received["payload"] == b'{"version":1.0}'
    assert (invocation.status_code, invocation.request_id) == (200, received["requestId"])


def test_an_event_invocation_is_accepted_with_202(aws_environment: RunningSandbox, settings: Settings) -> None:
    aws = Aws(settings.model_copy(update={"lambda_invocation_type": "Event"}))

    assert aws.invoke(b"{}").status_code == 202


def test_a_function_that_raises_is_a_failure_that_tells_only_the_class(aws: Aws, sandbox: RunningSandbox) -> None:
    sandbox.turn(function_error_rate=1.0)

    with pytest.raises(RetryableError, match=r"^FunctionError: the Lambda raised \w+ \(Unhandled\)$") as raised:
        aws.invoke(b'{"pin": "4711"}')

    assert raised.value.lambda_status_code == 200
    assert raised.value.lambda_request_id
    assert not raised.value.throttled


@pytest.mark.parametrize(
    ("fault", "throttled"), [("throttle", True), ("error", False), ("reset", False)], ids=["429", "5xx", "reset"]
)
@pytest.mark.parametrize("call", ["ListNamedShadowsForThing", "GetThingShadow", "Invoke"])
def test_what_may_pass_is_worth_another_attempt(
    aws: Aws, sandbox: RunningSandbox, call: str, fault: str, throttled: bool
) -> None:
    sandbox.seed("lock", "config", {"a": 1})
    sandbox.fail_next(call, Fault(fault))

    calls: dict[str, Callable[[], object]] = {
        "ListNamedShadowsForThing": lambda: names(aws, "lock"),
        "GetThingShadow": lambda: aws.shadow("lock", "config"),
        "Invoke": lambda: aws.invoke(b"{}"),
    }

    with pytest.raises(RetryableError) as raised:
        calls[call]()

    assert raised.value.throttled is throttled


def test_a_call_slower_than_its_time_out_is_worth_another_attempt(
    aws_environment: RunningSandbox, settings: Settings
) -> None:
    aws_environment.turn(lambda_latency_ms=5_000)
    aws = Aws(settings.model_copy(update={"lambda_timeout_seconds": 0.5}))

    with pytest.raises(RetryableError, match=r"^ReadTimeoutError: no answer from Lambda shadow_to_eventbridge$"):
        aws.invoke(b"{}")


def test_nobody_listening_is_worth_another_attempt(
    aws_environment: RunningSandbox, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", f"http://127.0.0.1:{free_port()}")

    with pytest.raises(RetryableError, match=r"^EndpointConnectionError: no answer from Lambda shadow_to_eventbridge$"):
        Aws(settings).invoke(b"{}")


def test_a_shadow_that_is_gone_is_given_up(aws: Aws) -> None:
    with pytest.raises(PermanentError, match=r"^ResourceNotFoundException: No shadow exists with name: 'config'"):
        aws.shadow("lock", "config")


def test_a_lambda_that_does_not_exist_is_given_up(aws: Aws, sandbox: RunningSandbox) -> None:
    sandbox.turn(functions=["another"])

    with pytest.raises(PermanentError, match=r"^ResourceNotFoundException: Lambda shadow_to_eventbridge answered 404$"):
        aws.invoke(b"{}")


def test_an_answer_that_quotes_the_payload_is_cut_to_its_class(aws: Aws) -> None:
    with pytest.raises(PermanentError) as raised:
        aws.invoke(b"4711 is not JSON")

    assert str(raised.value) == "InvalidRequestContentException: Lambda shadow_to_eventbridge answered 400"


def test_without_credentials_the_failure_says_what_to_do(
    aws_environment: RunningSandbox, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")

    with pytest.raises(PermanentError, match="NoCredentialsError: no AWS credentials for GetThingShadow; give the"):
        Aws(settings).shadow("lock", "config")


def test_without_a_region_the_start_is_refused_with_the_variable(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")

    with pytest.raises(SettingsError, match="AWS_DEFAULT_REGION"):
        Aws(settings)


def test_moto_agrees_on_listing_and_reading(moto: str, settings: Settings) -> None:
    boto3.client("iot", endpoint_url=moto).create_thing(thingName="lock")
    plane = boto3.client("iot-data")
    for name in ("config", "state"):
        state = json.dumps({"state": {"reported": {"name": name}}})
        plane.update_thing_shadow(thingName="lock", shadowName=name, payload=state)
    aws = Aws(settings)

    assert sorted(names(aws, "lock")) == ["config", "state"]
    assert json.loads(aws.shadow("lock", "state"))["state"]["reported"] == {"name": "state"}
    with pytest.raises(PermanentError, match="ResourceNotFoundException"):
        aws.shadow("lock", "nothing")


def test_a_thing_that_moto_does_not_know_has_no_named_shadows_either(moto: str, settings: Settings) -> None:
    assert names(Aws(settings), "nobody") == []


def test_every_failure_is_one_line(aws: Aws, sandbox: RunningSandbox) -> None:
    sandbox.turn(iot_error_rate=1.0)

    with pytest.raises(Failure) as raised:
        aws.shadow("lock", "config")

    assert "\n" not in str(raised.value)
