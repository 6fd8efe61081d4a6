"""What is to be put into the registry, as JSON or from Python, named and limited as AWS does."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

Name = Annotated[str, Field(pattern=r"^[a-zA-Z0-9:_-]{1,128}$")]
"""Of a Thing, a thing type or a thing group."""
AttributeName = Annotated[str, Field(pattern=r"^[a-zA-Z0-9_.,@/:#-]{1,128}$")]
AttributeValue = Annotated[str, Field(pattern=r"^[a-zA-Z0-9_.,@/:#=\[\]-]{0,800}$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, alias_generator=to_camel, populate_by_name=True)


class Thing(_Part):
    thing_name: Name
    thing_type_name: Name | None = None
    attributes: dict[AttributeName, AttributeValue] = {}


class Group(_Part):
    """A group that is there already gets these Things in addition."""

    thing_group_name: Name
    parent_group_name: Name | None = None
    things: list[Name] = []


class TopicRule(_Part):
    """`actions` and `error_action` are what GetTopicRule is to answer; the sandbox acts on none of it."""

    rule_name: Annotated[str, Field(pattern=r"^[a-zA-Z0-9_]{1,128}$")]
    sql: Annotated[str, Field(min_length=1)]
    description: str = ""
    actions: list[dict[str, Any]] = []
    error_action: dict[str, Any] | None = None
    rule_disabled: bool = False
    aws_iot_sql_version: str = "2015-10-08"


class RegistrySeed(_Part):
    """Things come before the groups that they are in, parents before their children."""

    things: list[Thing] = []
    groups: list[Group] = []
    rules: list[TopicRule] = []


class RegistryError(ValueError):
    """One line that names whatever cannot be."""


def registry_seed(parts: Any) -> RegistrySeed:
    """RegistryError if they cannot be."""
    try:
        return RegistrySeed.model_validate(parts)
    except ValidationError as error:
        problems = (f"{'.'.join(map(str, e['loc'])) or 'registry'}: {e['msg']}" for e in error.errors())
        raise RegistryError("; ".join(problems)) from None
