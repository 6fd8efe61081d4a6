"""The shapes of jobs, as they go out. The OpenAPI document is generated from them."""

from collections import Counter
from typing import Any, Literal

from pydantic import Field

from api.answers import AnswerModel, Time
from api.option_answers import Options, SelectionAnswer
from worker.job import Drift, ErrorClass, Job, JobStatus, Shadow, ShadowStatus


class ShadowResult(AnswerModel):
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


class ThingCounts(AnswerModel):
    total: int
    pending: int
    running: int
    succeeded: int
    failed: int
    cancelled: int


class ShadowCounts(AnswerModel):
    total: int
    pending: int
    running: int
    delivered: int
    skipped: int
    failed: int
    cancelled: int
    landed: int = Field(description="Of the delivered ones, those whose rows are there.")


class Progress(AnswerModel):
    things: ThingCounts
    shadows: ShadowCounts


class RequestedBy(AnswerModel):
    email: str
    api_key: str = Field(description="The label of the API key, not the key.")


class Rate(AnswerModel):
    """Shadows per second."""

    now: float = Field(description="Over about the last ten seconds.")
    overall: float = Field(description="Since the start; pauses are left out.")


class FirstError(AnswerModel):
    thing_name: str | None
    shadow_name: str | None = Field(description="Null where it was the Thing itself.")
    error: str


class ErrorClassAnswer(AnswerModel):
    error_class: str
    count: int
    first: FirstError

    @classmethod
    def of(cls, one: ErrorClass) -> "ErrorClassAnswer":
        first = FirstError(thing_name=one.thing_name or None, shadow_name=one.shadow_name or None, error=one.error)
        return cls(error_class=one.name, count=one.count, first=first)


class DriftCounts(AnswerModel):
    equal: int
    stale: int
    missing: int
    orphaned: int
    ahead: int


class JobAnswer(AnswerModel):
    """A job as it stands."""

    job_id: str
    kind: Literal["sync", "drift"]
    status: JobStatus
    success: bool | None = Field(
        description="Null until the job ends; then true only if every shadow was delivered, or skipped because the "
        "rule itself would not have fired."
    )
    thing_name: str | None = Field(description="Null where it may be several.")
    shadows: list[ShadowResult] = Field(description="Of the one Thing; of several they are in the job's results.")
    errors: list[str] = Field(description="What went wrong with the Thing or the job.")
    progress: Progress
    drift: DriftCounts | None = Field(description="How many shadows and rows differ how; null but for a drift check.")
    selection: SelectionAnswer
    duplicates: int = Field(description="Names that were sent more than once, and are synced once.")
    invalid: int = Field(description="Names that were left out, with `skipInvalid`.")
    options: Options = Field(description="As the request had them.")
    comment: str | None
    rate: Rate | None = Field(description="Null before anything has ended.")
    estimated_end_at: Time | None
    error_classes: list[ErrorClassAnswer] = Field(description="Most frequent first; the rarest are under `Other`.")
    retry_of: str | None = Field(description="The job whose failures this one tries again.")
    retried_by: str | None
    requested_by: RequestedBy
    created_at: Time
    started_at: Time | None
    finished_at: Time | None
    results_expire_at: Time | None = Field(description="Null until the job ends.")

    @classmethod
    def of(cls, job: Job) -> "JobAnswer":
        return cls(
            **_summary(job),
            shadows=[ShadowResult.of(shadow, compared=job.options.needs_rows) for shadow in job.shadows],
            errors=list(job.errors),
            drift=_drift(job) if job.options.compare else None,
            error_classes=[ErrorClassAnswer.of(one) for one in job.error_classes],
        )


def _summary(job: Job) -> dict[str, Any]:
    """What a job has in common with its summary."""
    pace = job.pace
    return {
        "job_id": job.job_id,
        "kind": "drift" if job.options.compare else "sync",
        "status": job.status,
        "success": job.success,
        "thing_name": job.thing_name,
        "progress": Progress(things=ThingCounts(**job.things), shadows=ShadowCounts(**job.shadow_counts)),
        "selection": SelectionAnswer.of(job.selection, job.things["total"]),
        "duplicates": job.duplicates,
        "invalid": job.invalid,
        "options": Options.of(job.options),
        "comment": job.comment,
        "rate": pace and Rate(now=round(pace.now, 2), overall=round(pace.overall, 2)),
        "estimated_end_at": pace and pace.estimated_end,
        "retry_of": job.retry_of,
        "retried_by": job.retried_by,
        "requested_by": RequestedBy(email=job.requested_by.email, api_key=job.requested_by.api_key),
        "created_at": job.created_at,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
        "results_expire_at": job.results_until,
    }


def _drift(job: Job) -> DriftCounts:
    counts = Counter(shadow.drift for shadow in job.shadows)
    return DriftCounts(**{drift.value: counts[drift] for drift in Drift})


class JobSummary(AnswerModel):
    """A job without its shadows and errors."""

    job_id: str
    kind: Literal["sync", "drift"]
    status: JobStatus
    success: bool | None
    thing_name: str | None
    progress: Progress
    selection: SelectionAnswer
    duplicates: int
    invalid: int
    options: Options
    comment: str | None
    rate: Rate | None
    estimated_end_at: Time | None
    retry_of: str | None
    retried_by: str | None
    requested_by: RequestedBy
    created_at: Time
    started_at: Time | None
    finished_at: Time | None
    results_expire_at: Time | None

    @classmethod
    def of(cls, job: Job) -> "JobSummary":
        return cls(**_summary(job))


class JobPage(AnswerModel):
    jobs: list[JobSummary]
    next_cursor: str | None = Field(description="Null on the last page.")
