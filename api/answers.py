"""The shapes of what goes out, but for jobs. The OpenAPI document is generated from them."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer
from pydantic.alias_generators import to_camel

from worker.rule_report import RuleReport


def _rfc3339(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


Time = Annotated[
    datetime, PlainSerializer(_rfc3339, return_type=Annotated[str, Field(json_schema_extra={"format": "date-time"})])
]


class AnswerModel(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


class RuleAnswer(AnswerModel):
    """The topic rule that shapes every event."""

    sql: str
    sql_version: str
    topic_filter: str = Field(description="Of FROM: it names the message that is rebuilt from each shadow.")
    source: str = Field(description="Where the workers read it.")

    @classmethod
    def of(cls, report: RuleReport) -> "RuleAnswer":
        return cls(sql=report.sql, sql_version=report.version, topic_filter=report.topic_filter, source=report.source)


class ErrorDetail(AnswerModel):
    field: str
    message: str


class ErrorAnswer(AnswerModel):
    """Every error has this shape."""

    success: Literal[False]
    error: str = Field(description="The HTTP status in words.")
    message: str
    code: int = Field(description="The HTTP status.")
    request_id: str = Field(description="Also in the service's log.")
    details: list[ErrorDetail] | None = Field(default=None, description="There where a field is to blame.")


class WebhookAnswer(AnswerModel):
    """To EventBridge, which wants no more than the status."""

    status: Literal["landed", "duplicate"] = Field(
        description="landed: the row holds this version, or a newer one; duplicate: this event had landed before."
    )


class Health(AnswerModel):
    status: Literal["ok"]
