"""The shapes of what comes in: they check requests, and the OpenAPI document is generated from them."""

import re
from collections.abc import Callable
from functools import cache
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic.config import JsonDict
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError

from api.prefer import Preferences, parse_prefer
from worker.job import JobStatus

THING_NAME_PATTERN = "^[a-zA-Z0-9:_-]{1,128}$"
_IDEMPOTENCY_KEY_PATTERN = "^[ -~]{1,255}$"


def _thing_name(value: str) -> str:
    # Python's $ would let a newline follow.
    if not re.fullmatch(THING_NAME_PATTERN.strip("^$"), value):
        raise PydanticCustomError(
            "thing_name",
            "must be a legal AWS IoT thing name: 1 to 128 characters out of a-z, A-Z, 0-9, ':', '_' and '-'",
        )
    return value


def _prefer(value: str) -> str:
    try:
        parse_prefer(value)
    except ValueError as error:
        raise PydanticCustomError("prefer", "{reason}", {"reason": str(error)}) from None
    return value


def _idempotency_key(value: str | None) -> str | None:
    if value is not None and not re.fullmatch(_IDEMPOTENCY_KEY_PATTERN.strip("^$"), value):
        raise PydanticCustomError("idempotency_key", "must be 1 to 255 printable ASCII characters")
    return value


def _optional(example: str, **more: str) -> Callable[[JsonDict], None]:
    def describe(schema: JsonDict) -> None:
        # What stands for "not sent" here is no value that could be sent.
        schema.pop("default", None)
        schema.update(example=example, **more)

    return describe


def without_default(schema: JsonDict) -> None:
    schema.pop("default", None)


class InputModel(BaseModel):
    model_config = ConfigDict(field_title_generator=lambda name, field: field.alias or name)

    @classmethod
    @cache
    def model_json_schema(cls, *args: Any, **kwargs: Any) -> dict[str, Any]:  # type: ignore[override]
        # flask-openapi3 asks for it at each request, and making it takes a fifth of the request's time.
        return super().model_json_schema(*args, **kwargs)


class ThingPath(InputModel):
    thing_name: Annotated[
        str,
        AfterValidator(_thing_name),
        Field(
            alias="thingName",
            description="The AWS IoT Thing whose named shadows are to be synced.",
            json_schema_extra={"pattern": THING_NAME_PATTERN, "minLength": 1, "maxLength": 128, "example": "hub-0001"},
        ),
    ]


class JobPath(InputModel):
    job_id: Annotated[
        str,
        Field(
            alias="jobId",
            description="As the POST answered it.",
            json_schema_extra={"example": "5f0c3c1b7f0e4b0c9a3f6f1de2a84c55"},
        ),
    ]


class NoQuery(InputModel):
    """No option is given in the query; one that is misspelt or does not exist must not be ignored."""

    model_config = ConfigDict(extra="forbid")


class JobsQuery(InputModel):
    """Which jobs are wanted."""

    model_config = ConfigDict(extra="forbid")

    status: JobStatus | None = Field(default=None, json_schema_extra=without_default)
    thing_name: str | None = Field(default=None, alias="thingName", max_length=128, json_schema_extra=without_default)
    email: str | None = Field(
        default=None, max_length=320, description="Of the requester.", json_schema_extra=without_default
    )
    comment: str | None = Field(
        default=None, max_length=500, description="A part of it, in any case.", json_schema_extra=without_default
    )
    limit: int = Field(default=50, ge=1, le=200, description="Jobs of a page at most.")
    cursor: str | None = Field(
        default=None,
        max_length=200,
        description="The `nextCursor` of the page before.",
        json_schema_extra=without_default,
    )


class NoOptions(BaseModel):
    """There are none; one that is sent all the same must not be ignored."""

    model_config = ConfigDict(extra="forbid")


class SyncOptions(BaseModel):
    """What a sync may be asked for; an option that is misspelt or does not exist must not be ignored."""

    # The examples are for the docs page, which else makes up a body that asks for everything.
    model_config = ConfigDict(extra="forbid", alias_generator=to_camel)

    ignore_where: bool = Field(
        default=False,
        strict=True,
        examples=[False],
        description="Send the events of those shadows too for which the topic rule's WHERE does not hold.",
    )
    verify: bool = Field(
        default=False,
        strict=True,
        examples=[False],
        description="Wait until the row of every delivered shadow is there. What holds where nothing is said is the "
        "service's configuration.",
        json_schema_extra=without_default,
    )
    only_drifted: bool = Field(
        default=False,
        strict=True,
        examples=[False],
        description="Skip the shadows whose rows have their version already.",
    )


class WaitHeaders(InputModel):
    prefer: Annotated[
        str,
        AfterValidator(_prefer),
        Field(
            alias="Prefer",
            description="`wait=N`: answer when the job has ended, or after N seconds (RFC 7240). N is capped by the "
            "service; `Preference-Applied` names the wait that was granted. `respond-async`: answer at once.",
            json_schema_extra=_optional("wait=10"),
        ),
    ] = ""

    @property
    def preferences(self) -> Preferences:
        return parse_prefer(self.prefer)


class SyncHeaders(WaitHeaders):
    idempotency_key: Annotated[
        str | SkipJsonSchema[None],
        AfterValidator(_idempotency_key),
        Field(
            alias="Idempotency-Key",
            description="Makes the POST safe to repeat: for 24 hours the same key and request get the same job.",
            json_schema_extra=_optional("8e03978e-40d5-43e8-bc93-6894a57f9324", pattern=_IDEMPOTENCY_KEY_PATTERN),
        ),
    ] = None
