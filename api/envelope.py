"""What EventBridge posts for an update of a shadow: its envelope, around what pipeline/shadow_to_eventbridge.py put.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html
"""

import json
from typing import Annotated, Literal

import structlog
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from api.errors import refuse_invalid
from api.inputs import THING_NAME_PATTERN

_log = structlog.get_logger(__name__)
_LARGEST_VERSION = 2**64 - 1
_SHADOW_NAME_PATTERN = "^[$a-zA-Z0-9:_-]{1,64}$"


def _json(text: str) -> str:
    try:
        # What it says does not matter here, and a number may have any number of digits.
        json.loads(text, parse_int=str, parse_float=str, parse_constant=_no_json)
    except (ValueError, RecursionError):
        raise PydanticCustomError("json_text", "must be JSON in a string, or null") from None
    return text


def _no_json(constant: str) -> None:
    raise ValueError(constant)


Version = Annotated[int, Field(ge=0, le=_LARGEST_VERSION)]
JsonText = Annotated[str, AfterValidator(_json)]


class _Received(BaseModel):
    """What else there is in it is AWS's own: it adds fields as it likes."""

    model_config = ConfigDict(strict=True, frozen=True, alias_generator=to_camel, hide_input_in_errors=True)


class ShadowUpdate(_Received):
    """The update of one named shadow. Its sections are passed on as they are."""

    thing_name: Annotated[str, Field(pattern=THING_NAME_PATTERN)]
    shadow_name: Annotated[str, Field(pattern=_SHADOW_NAME_PATTERN)]
    partner_id: str | None = None
    version: Version = Field(description="Of the shadow.")
    reported_state: JsonText | None = Field(description="JSON in a string; null where the shadow has no such section.")
    desired_state: JsonText | None
    delta_state: JsonText | None = None
    metadata: JsonText | None = None


class Envelope(_Received):
    """An event as EventBridge delivers it. Fields that are not named here are ignored."""

    id: Annotated[str, Field(pattern="^[!-~]{1,128}$", description="The same with every delivery of the event.")]
    source: Literal["spk.iot.shadow"]
    detail_type: Literal["Shadow Update"] = Field(alias="detail-type")
    detail: ShadowUpdate


def parse_envelope(body: bytes) -> Envelope:
    """The event in the body of a delivery.

    Raises:
        BadRequest: it is no event of ours, so no other delivery of it will ever work. Tells nothing of its content.
    """
    try:
        return Envelope.model_validate_json(body)
    except ValidationError as invalid:
        errors = invalid.errors(include_input=False, include_url=False, include_context=False)
        reasons = [f"{'.'.join(map(str, error['loc'])) or 'body'}: {error['type']}" for error in errors]
        # EventBridge drops it now, or keeps it as a dead letter, and tells nobody why.
        _log.warning("event refused", reasons=reasons)
        refuse_invalid(invalid)
