"""The configuration that worker, beat, Flower and API share, read from the environment once, at the door.

AWS itself is configured by the standard ``AWS_*`` variables, which boto3 reads; nothing of ours stands in between.
"""

import re
from typing import Annotated, Literal, Self, TypeVar
from urllib.parse import parse_qsl, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX = "SHADOW_SYNC_"
TLS_FILES = frozenset({"ssl_ca_certs", "ssl_certfile", "ssl_keyfile"})
"""What of a rediss:// URL names a file: the authorities to trust instead of the system's, and a client certificate."""

Seconds = Annotated[float, Field(gt=0, le=86_400)]
Section = Literal["reported", "desired"]


def split(value: object) -> object:
    """A comma-separated list as a tuple of its parts."""
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _redis_url(value: str) -> str:
    # What one of redis-py and kombu understands, and the other does not, would part the job store from the broker.
    try:
        url = urlsplit(value)
        known = url.scheme in ("redis", "rediss") and url.hostname and url.port != 0 and not url.fragment
    except ValueError:
        known = False
    if not known or not re.fullmatch(r"(/[0-9]*)?", url.path):
        raise ValueError(
            "not redis://[user:password@]host[:port][/database], or rediss:// for TLS; in user and password every "
            "character but letters, digits and -._~ must be percent-encoded"
        )
    if not {name for name, _ in parse_qsl(url.query, keep_blank_values=True)} <= (
        TLS_FILES if url.scheme == "rediss" else frozenset()
    ):
        raise ValueError(f"can have nothing after the ? but, with rediss://, {', '.join(sorted(TLS_FILES))}")
    return value


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

    redis_url: Annotated[str, AfterValidator(_redis_url), Field(repr=False)] = "redis://127.0.0.1:6379/0"
    redis_timeout_seconds: Seconds = 3.0
    retention_seconds: Annotated[int, Field(ge=1)] = 604_800
    results_retention_seconds: Annotated[int, Field(ge=1)] = 259_200
    """How long the results of an ended job of many Things are kept; no longer than the job."""

    lambda_function: Annotated[str, Field(min_length=1, max_length=170)] = "shadow_to_eventbridge"
    lambda_invocation_type: Literal["RequestResponse", "Event"] = "RequestResponse"

    rule_sql: Annotated[str, Field(min_length=1)] | None = None
    """None is the default rule of worker/rule.py."""

    rule_sql_version: Literal["2015-10-08", "2016-03-23"] | None = None
    topic_rule: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,128}$")] | None = None
    accepted_sections: Annotated[tuple[Section, ...], NoDecode, BeforeValidator(split), Field(min_length=1)] = (
        "reported",
    )
    """What a rule on update/accepted sees of the state."""

    aws_connect_timeout_seconds: Seconds = 3.0
    iot_timeout_seconds: Seconds = 10.0
    lambda_timeout_seconds: Seconds = 30.0

    spacetimedb_url: Annotated[str, Field(pattern=r"^https?://")] | None = None
    spacetimedb_database: Annotated[str, Field(min_length=1, max_length=256)] | None = None
    spacetimedb_token: SecretStr | None = None
    verify: bool = False
    """Whether a job that says nothing else waits for its rows."""

    landing_timeout: Seconds = 30.0
    """How long a delivered shadow may take to land."""

    iot_tps: Annotated[float, Field(ge=1, le=100_000)] = 200.0
    lambda_tps: Annotated[float, Field(ge=1, le=100_000)] = 200.0
    """Calls per second at most, over all workers."""

    thing_tps: Annotated[int, Field(ge=1, le=1000)] = 20
    """Requests per second to one Thing at most."""

    window: Annotated[int, Field(ge=2, le=1_000_000)] = 1000
    """How many wake-ups are in a queue of the broker at a time, at most."""

    backlog: Annotated[int, Field(ge=1, le=10_000_000)] = 10_000
    """How many Things and shadows of jobs of one Thing have begun and not ended, at most; then no such job is taken."""

    confirm_within_seconds: Annotated[float, Field(gt=0, le=2_592_000)] = 86_400.0
    """How long a job waits for its confirmation before it is cancelled."""

    max_attempts: Annotated[int, Field(ge=1, le=100)] = 3
    backoff_seconds: Seconds = 1.0
    backoff_cap_seconds: Seconds = 30.0
    give_up_seconds: Seconds = 3600.0
    lease_seconds: Seconds = 60.0
    grace_seconds: Annotated[float, Field(gt=0, le=600)] = 5.0
    reconcile_seconds: Annotated[float, Field(gt=0, le=4)] = 1.0

    metrics_bind: Annotated[str, Field(pattern=r"^([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}$")] | None = None
    """host:port at which beat serves /metrics. None: nowhere."""

    worker_threads: Annotated[int, Field(ge=1, le=1000)] = 48
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @model_validator(mode="after")
    def _one_source_of_the_rule(self) -> Self:
        if self.topic_rule is not None and (self.rule_sql is not None or self.rule_sql_version is not None):
            raise ValueError(
                f"{PREFIX}TOPIC_RULE names a live rule with its own SQL and version; "
                f"unset {PREFIX}RULE_SQL and {PREFIX}RULE_SQL_VERSION, or it"
            )
        return self

    @model_validator(mode="after")
    def _spacetimedb_whole_or_not_at_all(self) -> Self:
        given = [self.spacetimedb_url, self.spacetimedb_database, self.spacetimedb_token]
        if any(given) and not all(given):
            raise ValueError(
                f"set {PREFIX}SPACETIMEDB_URL, {PREFIX}SPACETIMEDB_DATABASE and {PREFIX}SPACETIMEDB_TOKEN, or none"
            )
        if self.verify and not self.can_verify:
            raise ValueError(f"{PREFIX}VERIFY needs {PREFIX}SPACETIMEDB_URL, where the rows are")
        return self

    @property
    def can_verify(self) -> bool:
        """Whether it is known where the rows are."""
        return self.spacetimedb_url is not None

    @model_validator(mode="after")
    def _the_longest_pause_is_not_shorter_than_the_first(self) -> Self:
        if self.backoff_cap_seconds < self.backoff_seconds:
            raise ValueError(f"{PREFIX}BACKOFF_CAP_SECONDS must not be below {PREFIX}BACKOFF_SECONDS")
        return self

    @model_validator(mode="after")
    def _lease_outlives_the_slowest_attempt(self) -> Self:
        if self.spare_lease_seconds <= 0:
            raise ValueError(
                f"{PREFIX}LEASE_SECONDS must be above {self.lease_seconds - self.spare_lease_seconds:g}, the sum of "
                f"twice {PREFIX}AWS_CONNECT_TIMEOUT_SECONDS, {PREFIX}IOT_TIMEOUT_SECONDS and "
                f"{PREFIX}LAMBDA_TIMEOUT_SECONDS: work whose lease ends before its calls do is done twice"
            )
        return self

    @property
    def spare_lease_seconds(self) -> float:
        """What is left of a lease when both calls of an attempt have taken as long as they may."""
        slowest = 2 * self.aws_connect_timeout_seconds + self.iot_timeout_seconds + self.lambda_timeout_seconds
        return self.lease_seconds - slowest


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
