"""The configuration that worker, beat, Flower and API share, read from the environment once, at the door.

AWS itself is configured by the standard ``AWS_*`` variables, which boto3 reads; nothing of ours stands in between.
"""

from typing import Annotated, Literal, Self, TypeVar

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "SHADOW_SYNC_"
Seconds = Annotated[float, Field(gt=0, le=86_400)]


class SettingsError(SystemExit):
    """A missing or contradictory variable. It ends the process with a message that names the variable, never its
    value.
    """


class Settings(BaseSettings):
    """What every process of the product needs to know. Frozen: nothing changes after the start.

    All durations are in seconds.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="ignore", hide_input_in_errors=True
    )

    redis_url: Annotated[str, Field(pattern=r"^rediss?://")] = "redis://127.0.0.1:6379/0"
    redis_timeout_seconds: Seconds = 3.0
    retention_seconds: Annotated[int, Field(ge=1)] = 604_800

    lambda_function: Annotated[str, Field(min_length=1, max_length=170)] = "shadow_to_eventbridge"
    lambda_invocation_type: Literal["RequestResponse", "Event"] = "RequestResponse"

    aws_connect_timeout_seconds: Seconds = 3.0
    iot_timeout_seconds: Seconds = 10.0
    lambda_timeout_seconds: Seconds = 30.0

    max_attempts: Annotated[int, Field(ge=1, le=100)] = 3
    backoff_seconds: Seconds = 1.0
    backoff_cap_seconds: Seconds = 30.0
    give_up_seconds: Seconds = 3600.0
    lease_seconds: Seconds = 60.0
    grace_seconds: Annotated[float, Field(gt=0, le=600)] = 5.0
    reconcile_seconds: Annotated[float, Field(gt=0, le=4)] = 1.0

    worker_threads: Annotated[int, Field(ge=1, le=1000)] = 32
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @model_validator(mode="after")
    def _the_longest_pause_is_not_shorter_than_the_first(self) -> Self:
        if self.backoff_cap_seconds < self.backoff_seconds:
            raise ValueError(f"{PREFIX}BACKOFF_CAP_SECONDS must not be below {PREFIX}BACKOFF_SECONDS")
        return self

    @model_validator(mode="after")
    def _lease_outlives_the_slowest_attempt(self) -> Self:
        slowest = 2 * self.aws_connect_timeout_seconds + self.iot_timeout_seconds + self.lambda_timeout_seconds
        if self.lease_seconds <= slowest:
            raise ValueError(
                f"{PREFIX}LEASE_SECONDS must be above {slowest:g}, the sum of twice "
                f"{PREFIX}AWS_CONNECT_TIMEOUT_SECONDS, {PREFIX}IOT_TIMEOUT_SECONDS and "
                f"{PREFIX}LAMBDA_TIMEOUT_SECONDS: work whose lease ends before its calls do is done twice"
            )
        return self


S = TypeVar("S", bound=Settings)


def load(kind: type[S]) -> S:
    """Read *kind* from the environment.

    Raises:
        SettingsError: with one line per variable that is missing or wrong. Values are not printed: they can be secrets.
    """
    try:
        return kind()
    except ValidationError as invalid:
        raise SettingsError("\n".join(_explain(invalid))) from None


def _explain(invalid: ValidationError) -> list[str]:
    lines = ["shadow-sync cannot start:"]
    for error in invalid.errors(include_input=False, include_url=False, include_context=False):
        message = error["msg"].removeprefix("Value error, ")
        variable = f"{PREFIX}{str(error['loc'][0]).upper()}: " if error["loc"] else ""
        lines.append(f"  {variable}{'required, but not set' if error['type'] == 'missing' else message}")
    return lines
