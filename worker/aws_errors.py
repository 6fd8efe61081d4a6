"""botocore's exceptions, translated once into failures. Lambda's own messages are dropped: they can quote the
payload.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore import exceptions as boto

from worker.failures import Failure, NotFoundError, PermanentError, RetryableError

_LINE = 200
_CODE = re.compile(r"[\w.:#-]{1,100}", re.ASCII)
# Besides every 429. https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
_THROTTLED = frozenset(
    {"Throttling", "ThrottlingException", "ThrottledException", "TooManyRequestsException", "RequestThrottled"}
    | {"RequestLimitExceeded", "RequestThrottledException", "LimitExceededException", "SlowDown"}
    # AWS IoT builds its index, for minutes: patience is what it asks for, too.
    | {"IndexNotReadyException"}
)
# These pass by themselves although their status is 4xx. https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
# and https://docs.aws.amazon.com/iot/latest/apireference/API_SearchIndex.html
_PASSING = frozenset(
    {"RequestTimeout", "RequestTimeoutException", "ResourceConflictException", "SnapStartNotReadyException"}
    | {"SnapStartTimeoutException", "ExpiredToken", "ExpiredTokenException", "RequestExpired"}
)
# These stay although their status is 502.
_STAYING = frozenset(
    {
        "InvalidZipFileException",
        "InvalidRuntimeException",
        "InvalidSubnetIDException",
        "InvalidSecurityGroupIDException",
    }
    | {"KMSAccessDeniedException", "KMSDisabledException", "KMSInvalidStateException", "KMSNotFoundException"}
    | {"EC2AccessDeniedException"}
)
_BROKEN_TRANSPORT = (
    boto.HTTPClientError,
    boto.ConnectionError,
    boto.IncompleteReadError,
    boto.CredentialRetrievalError,
)
_NO_CREDENTIALS = (boto.NoCredentialsError, boto.PartialCredentialsError)


@contextmanager
def translated(call: str, *, quotes_payload: bool = False) -> Iterator[None]:
    """Turn botocore's exceptions into a ``Failure`` that names *call*. With *quotes_payload* AWS's own message is left
    out.
    """
    try:
        yield
    except boto.ClientError as error:
        raise _from_answer(call, error.response, quotes_payload=quotes_payload) from None
    except _NO_CREDENTIALS as error:
        text = f"{type(error).__name__}: no AWS credentials for {call}; give the worker a role, or the AWS_* variables"
        raise PermanentError(text, refused=True) from None
    except _BROKEN_TRANSPORT as error:
        raise RetryableError(f"{type(error).__name__}: no answer from {call}") from None
    except boto.BotoCoreError as error:
        raise _from_botocore(call, error) from None


def _from_botocore(call: str, error: Exception) -> Failure:
    name = type(error).__name__
    if name == "ResponseParserError":
        return RetryableError(f"{name}: {call} answered with something that is not AWS's")
    return PermanentError(f"{name}: {call} could not be made; see the worker's AWS configuration")


def _from_answer(call: str, answer: Mapping[str, Any], *, quotes_payload: bool) -> Failure:
    told = str(answer.get("Error", {}).get("Code", ""))
    code = told if _CODE.fullmatch(told) else "Unknown"
    metadata = answer.get("ResponseMetadata", {})
    status = int(metadata.get("HTTPStatusCode", 0))
    line = "" if quotes_payload else first_line(str(answer.get("Error", {}).get("Message", "")))
    text = f"{code}: {line or f'{call} answered {status}'}"
    if status == 429 or code in _THROTTLED:
        return RetryableError(text, throttled=True, retry_after=_retry_after(metadata))
    refused = status in (401, 403)
    if (status >= 500 and code not in _STAYING) or code in _PASSING:
        return RetryableError(text, refused=refused)
    if code == "ResourceNotFoundException":
        return NotFoundError(text)
    return PermanentError(text, refused=refused)


def first_line(message: str) -> str:
    """As much of AWS's message as is told."""
    return message.strip().partition("\n")[0][:_LINE]


def _retry_after(metadata: Mapping[str, Any]) -> float:
    value = str(metadata.get("HTTPHeaders", {}).get("retry-after", ""))
    return min(float(value), 60.0) if value.isascii() and value.isdecimal() else 0.0
