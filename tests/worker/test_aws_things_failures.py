"""What each thing that can go wrong with a page of Things is taken for, and what the operator is told."""

import boto3
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from redis import Redis

from sandbox import Fault, RunningSandbox
from tests.worker.canned import canned
from tests.worker.fleet_listings import CONFIG, OPERATIONS, RATE, Listing, fleet_calls, lamps, listings
from worker.aws_things import FleetCalls, StaleTokenError
from worker.call_counts import CallCounts
from worker.failures import Failure, NotFoundError, PermanentError, RetryableError
from worker.pace import Pace


@pytest.fixture
def calls(aws_environment: RunningSandbox, redis: "Redis") -> FleetCalls:
    return fleet_calls(redis)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(
    ("fault", "throttled", "rate"),
    [("throttle", True, 700), ("error", False, 1000), ("unavailable", False, 1000), ("reset", False, 1000)],
)
def test_what_may_pass_is_worth_another_attempt_and_a_throttled_call_cuts_the_pace(
    calls: FleetCalls, sandbox: RunningSandbox, redis: "Redis", operation: str, fault: str, throttled: bool, rate: int
) -> None:
    expected = lamps(sandbox, 3)
    listing = listings(calls)[operation]
    sandbox.fail_next(operation, Fault(fault))

    with pytest.raises(RetryableError) as raised:
        listing(None)

    assert (raised.value.throttled, isinstance(raised.value, StaleTokenError)) == (throttled, False)
    assert float(str(redis.hget(RATE, "rate"))) == rate
    assert listing(None).names == expected


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_listing_that_is_throttled_halfway_continues_with_the_same_token(
    calls: FleetCalls, sandbox: RunningSandbox, operation: str
) -> None:
    expected = lamps(sandbox, 4)
    listing = listings(calls)[operation]
    sandbox.turn(iot_control_page_examines=2)
    first = listing(None)
    sandbox.fail_next(operation, Fault.THROTTLE)
    with pytest.raises(RetryableError):
        listing(first.next_token)

    assert first.names + listing(first.next_token).names == expected


@pytest.mark.parametrize("operation", OPERATIONS)
def test_each_call_waits_for_a_place_in_the_pace(
    aws_environment: RunningSandbox, redis: "Redis", operation: str
) -> None:
    lamps(aws_environment, 1)
    pace = Pace(redis, "iot-control", 0.5, longest_wait=0.0)
    listing = listings(FleetCalls(boto3.Session(), CONFIG, pace, CallCounts()))[operation]
    listing(None)

    with pytest.raises(RetryableError, match=r"^Paced: ") as raised:
        listing(None)

    assert raised.value.throttled
    assert aws_environment.counters()[operation]["calls"] == 1
    # It is AWS that slows a pace down, not a pace itself.
    assert float(str(redis.hget(RATE, "rate"))) == 0.5


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_token_that_aws_takes_no_longer_is_told_from_other_refusals(
    calls: FleetCalls, sandbox: RunningSandbox, operation: str
) -> None:
    lamps(sandbox, 1)

    with pytest.raises(StaleTokenError, match=rf"^InvalidRequestException: {operation} .*: Invalid nextToken$"):
        listings(calls)[operation]("b2xk")


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_invalid_request_without_a_token_is_given_up(
    redis: "Redis", aws_environment: RunningSandbox, monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    with canned(400, b'{"message": "no"}', headers={"x-amzn-ErrorType": "InvalidRequestException"}) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_IOT", server.url)
        with pytest.raises(PermanentError, match=r"^InvalidRequestException: no$"):
            listings(fleet_calls(redis))[operation](None)


def test_an_index_that_is_not_ready_asks_for_patience(calls: FleetCalls, sandbox: RunningSandbox) -> None:
    expected = lamps(sandbox, 2)
    sandbox.fail_next("SearchIndex", Fault.INDEX_NOT_READY)

    with pytest.raises(RetryableError, match=r"^IndexNotReadyException: Index AWS_Things is not ready\.$") as raised:
        calls.matching("*", None)

    assert raised.value.throttled
    assert calls.matching("*", None).names == expected


def test_where_fleet_indexing_is_off_the_failure_says_what_to_do(calls: FleetCalls, sandbox: RunningSandbox) -> None:
    sandbox.turn(iot_control_index="off")

    with pytest.raises(NotFoundError, match=r"AWS_Things does not exist\. Turn on thing indexing"):
        calls.matching("*", None)


@pytest.mark.parametrize("query", ["lamp", "thingName:(", "thingName:a AND", "\ud800", "x" * 1001])
def test_a_query_that_aws_refuses_is_given_up_with_its_reason(calls: FleetCalls, query: str) -> None:
    with pytest.raises(PermanentError, match=r"^InvalidQueryException: Invalid query: \w"):
        calls.matching(query, None)


@pytest.mark.parametrize("query", ["", "  ", "\n"])
def test_an_empty_query_is_given_up_before_aws_is_asked(calls: FleetCalls, sandbox: RunningSandbox, query: str) -> None:
    with pytest.raises(PermanentError, match=r"^InvalidQueryException: the query is empty"):
        calls.matching(query, None)

    assert sandbox.counters().get("SearchIndex", {}).get("calls", 0) == 0


def test_a_group_that_does_not_exist_is_given_up_by_its_name(calls: FleetCalls) -> None:
    with pytest.raises(NotFoundError, match=r"^ResourceNotFoundException: Thing group attic does not exist\.$"):
        calls.in_group("attic", None, recursive=True)


@pytest.mark.parametrize("group", ["", "..", ".", "a/b", "a?b", "a b", "hall\n", "ä", "\ud800", "x" * 129])
def test_a_name_that_no_group_can_have_never_becomes_a_path(
    calls: FleetCalls, sandbox: RunningSandbox, group: str
) -> None:
    with pytest.raises(PermanentError, match=r"^InvalidThingGroupName: .* takes 1 to 128"):
        calls.in_group(group, None, recursive=True)

    assert not any(counts["calls"] for counts in sandbox.counters().values())


@pytest.mark.parametrize("operation", OPERATIONS)
def test_credentials_that_aws_does_not_take_are_told(
    calls: FleetCalls, sandbox: RunningSandbox, operation: str
) -> None:
    sandbox.fail_next(operation, Fault.DENIED)

    with pytest.raises(PermanentError, match=r"^AccessDeniedException: ") as raised:
        listings(calls)[operation](None)

    assert raised.value.refused


def test_credentials_that_come_later_than_the_first_call_are_used(
    calls: FleetCalls, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = lamps(sandbox, 2)
    with monkeypatch.context() as without:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            without.delenv(name)
        without.setenv("AWS_EC2_METADATA_DISABLED", "true")
        without.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        without.setenv("AWS_CONFIG_FILE", "/dev/null")
        with pytest.raises(PermanentError, match="no AWS credentials for ListThings; give the worker a role"):
            calls.everything(None)

    assert calls.everything(None).names == expected


def test_an_endpoint_that_is_no_url_is_told_with_the_variable(
    aws_environment: RunningSandbox, redis: "Redis", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_IOT", "not a url")

    with pytest.raises(PermanentError, match="see AWS_ENDPOINT_URL_IOT"):
        fleet_calls(redis).everything(None)


@hypothesis_settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(text=st.text(alphabet=st.characters(), max_size=30), token=st.none() | st.text(max_size=10))
def test_whatever_is_asked_the_answer_is_a_page_or_a_failure_of_one_line(
    calls: FleetCalls, text: str, token: str | None
) -> None:
    for listing in (
        calls.everything,
        lambda token: calls.in_group(text, token, recursive=True),
        lambda token: calls.matching(text, token),
    ):
        assert "\n" not in names_or_failure(listing, token)


def names_or_failure(listing: Listing, token: str | None) -> str:
    try:
        return " ".join(listing(token).names)
    except Failure as failure:
        return str(failure)
