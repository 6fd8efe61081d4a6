"""The sandbox's one EventBridge rule, with an API destination for its target."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from sandbox.event_pattern import EventPattern

SHADOW_UPDATES = {"source": ["spk.iot.shadow"], "detail-type": ["Shadow Update"]}


class Rule(BaseModel):
    """Events on `event_bus` that match `event_pattern` are sent to `url`, with `header: key` from the connection.

    A bearer token is a header Authorization with the key "Bearer …", as it is in a connection of the type API_KEY.
    Unlike AWS, plain http is allowed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)

    url: Annotated[str, Field(pattern=r"^https?://[^/\s]+(/\S*)?$")]
    header: Annotated[str, Field(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")] = "X-Api-Key"
    key: SecretStr | None = None
    event_bus: Annotated[str, Field(pattern=r"^[/._A-Za-z0-9-]{1,256}$")] = "default"
    event_pattern: dict[str, Any] = SHADOW_UPDATES

    @field_validator("event_pattern")
    @classmethod
    def _is_a_pattern(cls, pattern: dict[str, Any]) -> dict[str, Any]:
        EventPattern(pattern)
        return pattern

    @field_validator("key")
    @classmethod
    def _fits_into_a_header(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and not re.fullmatch(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?", key.get_secret_value()):
            raise ValueError("the key must be printable ASCII without blanks around it")
        return key


class RuleError(ValueError):
    """Names every part of the rule that cannot be."""

    def __init__(self, error: ValidationError) -> None:
        super().__init__("; ".join(f"{'.'.join(map(str, e['loc'])) or 'rule'}: {e['msg']}" for e in error.errors()))


def rule(parts: Any) -> Rule:
    """The rule of these parts, which are named as those of Rule. RuleError if it cannot be."""
    try:
        return Rule.model_validate(parts)
    except ValidationError as error:
        raise RuleError(error) from None
