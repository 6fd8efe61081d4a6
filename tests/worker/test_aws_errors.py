"""What each of AWS's error answers is taken for, and how much of it is told."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from worker.aws_errors import translated
from worker.failures import Failure, NotFoundError, PermanentError, RetryableError


def failure(
    code: str, status: int, message: str = "no", *, headers: dict[str, str] | None = None, quotes_payload: bool = False
) -> Failure:
    """What botocore's exception for such an answer becomes."""
    answer: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": headers or {}},
    }
    with pytest.raises(Failure) as raised, translated("Invoke", quotes_payload=quotes_payload):
        raise ClientError(answer, "Invoke")
    return raised.value


@pytest.mark.parametrize(
    "code",
    [
        "InvalidZipFileException",
        "InvalidRuntimeException",
        "InvalidSubnetIDException",
        "InvalidSecurityGroupIDException",
        "KMSAccessDeniedException",
        "KMSDisabledException",
        "KMSInvalidStateException",
        "KMSNotFoundException",
        "EC2AccessDeniedException",
    ],
)
def test_a_misconfigured_function_is_given_up_although_its_status_is_502(code: str) -> None:
    assert type(failure(code, 502)) is PermanentError


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("ResourceConflictException", 409),
        ("SnapStartNotReadyException", 409),
        ("SnapStartTimeoutException", 408),
        ("RequestTimeout", 400),
        ("RequestTimeoutException", 408),
        ("ExpiredToken", 403),
        ("ExpiredTokenException", 403),
        ("RequestExpired", 400),
        ("ServiceException", 500),
        ("EC2UnexpectedException", 502),
        ("ServiceUnavailableException", 503),
    ],
)
def test_what_passes_by_itself_is_worth_a_charged_attempt(code: str, status: int) -> None:
    passing = failure(code, status)

    assert isinstance(passing, RetryableError)
    assert (passing.throttled, passing.retry_after) == (False, 0.0)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("AnythingAtAll", 429),
        ("ResourceNotFoundException", 429),
        ("InvalidZipFileException", 429),
        ("Throttling", 400),
        ("ThrottlingException", 400),
        ("ThrottledException", 400),
        ("TooManyRequestsException", 400),
        ("RequestThrottled", 400),
        ("RequestThrottledException", 400),
        ("RequestLimitExceeded", 503),
        ("LimitExceededException", 400),
        ("SlowDown", 503),
    ],
)
def test_a_call_for_patience_is_not_charged(code: str, status: int) -> None:
    throttled = failure(code, status)

    assert isinstance(throttled, RetryableError)
    assert throttled.throttled


@pytest.mark.parametrize(
    ("code", "status"), [("AccessDeniedException", 403), ("InvalidRequestContentException", 400), ("Unheard", 418)]
)
def test_any_other_refusal_is_given_up(code: str, status: int) -> None:
    assert type(failure(code, status)) is PermanentError


@pytest.mark.parametrize(
    ("code", "status", "refused"),
    [
        ("AccessDeniedException", 403, True),
        ("UnauthorizedException", 401, True),
        ("ExpiredTokenException", 403, True),
        ("InvalidRequestException", 400, False),
        ("ServiceUnavailableException", 503, False),
    ],
)
def test_refused_credentials_are_told_from_other_failures(code: str, status: int, refused: bool) -> None:
    assert failure(code, status).refused is refused


def test_what_does_not_exist_is_told_from_other_refusals() -> None:
    assert type(failure("ResourceNotFoundException", 404)) is NotFoundError


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), ("0", 0.0), ("60", 60.0), ("86400", 60.0), ("soon", 0.0), ("-5", 0.0), ("²", 0.0), ("", 0.0)],
)
def test_a_throttled_call_waits_as_long_as_it_is_asked_to_but_a_minute_at_most(header: str, seconds: float) -> None:
    throttled = failure("TooManyRequestsException", 429, headers={"retry-after": header})

    assert isinstance(throttled, RetryableError)
    assert throttled.retry_after == seconds


def test_a_throttled_call_that_names_no_time_waits_the_usual_one() -> None:
    throttled = failure("TooManyRequestsException", 429)

    assert isinstance(throttled, RetryableError)
    assert throttled.retry_after == 0.0


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("first\nsecond", "first"),
        ("  \n first \nsecond", "first "),
        ("x" * 300, "x" * 200),
        ("", "Invoke answered 400"),
    ],
    ids=["two lines", "blank first", "300 characters", "empty"],
)
def test_the_message_is_told_in_one_short_line(message: str, told: str) -> None:
    assert str(failure("ValidationException", 400, message)) == f"ValidationException: {told}"


@pytest.mark.parametrize(("code", "status"), [("InvalidRequestContentException", 400), ("ThrottlingException", 429)])
def test_a_message_that_can_quote_the_payload_is_not_told(code: str, status: int) -> None:
    refused = failure(code, status, "cannot parse 4711", quotes_payload=True)

    assert str(refused) == f"{code}: Invoke answered {status}"
    assert refused.__cause__ is None
    assert refused.__suppress_context__


@pytest.mark.parametrize("code", ["Bad\nCode", "x" * 200], ids=["newline", "200 characters"])
def test_a_code_that_is_no_code_is_not_told(code: str) -> None:
    assert str(failure(code, 400)) == "Unknown: no"
