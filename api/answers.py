"""The shapes of what goes out: jobs and errors. The OpenAPI document is generated from them."""

from collections import Counter
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer
from pydantic.alias_generators import to_camel

from worker.job import Drift, Job, JobStatus, Shadow, ShadowStatus
from worker.rule_report import RuleReport


def _rfc3339(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


Time = Annotated[
    datetime, PlainSerializer(_rfc3339, return_type=Annotated[str, Field(json_schema_extra={"format": "date-time"})])
]


class _Answer(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


class ShadowResult(_Answer):
    """What came of one named shadow."""

    shadow_name: str
    lambda_status_code: int | None = Field(
        description="The status of the Lambda invocation; null where there was none."
    )
    lambda_request_id: str | None
    error: str | None = Field(description="In one line, what went wrong.")
    status: ShadowStatus
    version: int | None = Field(description="The version of the shadow that was delivered, or compared.")
    attempts: int
    landed: bool | None = Field(description="Whether its row is there; null where that was not asked, or is not known.")
    landed_version: int | None = Field(description="The row's version: the delivered one, or a newer one.")
    landing_ms: int | None = Field(description="Milliseconds from the delivery until the row was seen.")
    row_version: int | None = Field(
        description="Of its row before the job; null where there was none, or nobody asked."
    )
    drift: Drift | None = Field(description="How shadow and row differ; null where that was not asked.")

    @classmethod
    def of(cls, shadow: Shadow, *, compared: bool) -> "ShadowResult":
        outcome, landing = shadow.outcome, shadow.landing
        return cls(
            shadow_name=shadow.name,
            lambda_status_code=outcome.lambda_status_code,
            lambda_request_id=outcome.lambda_request_id,
            error=outcome.error,
            status=outcome.status,
            version=outcome.version,
            attempts=shadow.attempts,
            landed=landing.landed,
            landed_version=landing.version,
            landing_ms=landing.ms,
            row_version=shadow.row_version,
            drift=shadow.drift if compared else None,
        )


class ThingCounts(_Answer):
    total: int
    pending: int
    running: int
    succeeded: int
    failed: int
    cancelled: int


class ShadowCounts(_Answer):
    total: int
    pending: int
    running: int
    delivered: int
    skipped: int
    failed: int
    cancelled: int
    landed: int = Field(description="Of the delivered ones, those whose rows are there.")


class Progress(_Answer):
    things: ThingCounts
    shadows: ShadowCounts


class RequestedBy(_Answer):
    email: str
    api_key: str = Field(description="The label of the API key, not the key.")


class Options(_Answer):
    ignore_where: bool
    verify: bool
    only_drifted: bool


class DriftCounts(_Answer):
    equal: int
    stale: int
    missing: int
    orphaned: int
    ahead: int


class JobAnswer(_Answer):
    """A job as it stands."""

    job_id: str
    kind: Literal["sync", "drift"]
    status: JobStatus
    success: bool | None = Field(
        description="Null until the job ends; then true only if every shadow was delivered, or skipped because the "
        "rule itself would not have fired."
    )
    thing_name: str
    shadows: list[ShadowResult]
    errors: list[str] = Field(description="What went wrong with the Thing or the job.")
    progress: Progress
    drift: DriftCounts | None = Field(description="How many shadows and rows differ how; null but for a drift check.")
    options: Options = Field(description="As the request had them.")
    requested_by: RequestedBy
    created_at: Time
    started_at: Time | None
    finished_at: Time | None

    @classmethod
    def of(cls, job: Job) -> "JobAnswer":
        return cls(
            job_id=job.job_id,
            kind="drift" if job.options.compare else "sync",
            status=job.status,
            success=job.success,
            thing_name=job.thing_name,
            shadows=[ShadowResult.of(shadow, compared=job.options.needs_rows) for shadow in job.shadows],
            errors=list(job.errors),
            progress=Progress(things=ThingCounts(**job.things), shadows=ShadowCounts(**job.shadow_counts)),
            drift=_drift(job) if job.options.compare else None,
            options=Options(
                ignore_where=job.options.ignore_where,
                verify=job.options.verify,
                only_drifted=job.options.only_drifted,
            ),
            requested_by=RequestedBy(email=job.requested_by.email, api_key=job.requested_by.api_key),
            created_at=job.created_at,
            started_at=job.started_at,
            finished_at=job.finished_at,
        )


def _drift(job: Job) -> DriftCounts:
    counts = Counter(shadow.drift for shadow in job.shadows)
    return DriftCounts(**{drift.value: counts[drift] for drift in Drift})


class JobSummary(_Answer):
    """A job without its shadows."""

    job_id: str
    kind: Literal["sync", "drift"]
    status: JobStatus
    success: bool | None
    thing_name: str
    progress: Progress
    options: Options
    requested_by: RequestedBy
    created_at: Time
    started_at: Time | None
    finished_at: Time | None

    @classmethod
    def of(cls, job: Job) -> "JobSummary":
        whole = JobAnswer.of(job)
        return cls(**{name: getattr(whole, name) for name in cls.model_fields})


class JobPage(_Answer):
    jobs: list[JobSummary]
    next_cursor: str | None = Field(description="Null on the last page.")


class RuleAnswer(_Answer):
    """The topic rule that shapes every event."""

    sql: str
    sql_version: str
    topic_filter: str = Field(description="Of FROM: it names the message that is rebuilt from each shadow.")
    source: str = Field(description="Where the workers read it.")

    @classmethod
    def of(cls, report: RuleReport) -> "RuleAnswer":
        return cls(sql=report.sql, sql_version=report.version, topic_filter=report.topic_filter, source=report.source)


class ErrorDetail(_Answer):
    field: str
    message: str


class ErrorAnswer(_Answer):
    """Every error has this shape."""

    success: Literal[False]
    error: str = Field(description="The HTTP status in words.")
    message: str
    code: int = Field(description="The HTTP status.")
    request_id: str = Field(description="Also in the service's log.")
    details: list[ErrorDetail] | None = Field(default=None, description="There where a field is to blame.")


class WebhookAnswer(_Answer):
    """To EventBridge, which wants no more than the status."""

    status: Literal["landed", "duplicate"] = Field(
        description="landed: the row holds this version, or a newer one; duplicate: this event had landed before."
    )


class Health(_Answer):
    status: Literal["ok"]
