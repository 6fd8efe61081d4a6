"""The shapes of a job's results, as they go out."""

from pydantic import Field

from api.answers import AnswerModel
from worker.job import Outcome, Shadow, ShadowStatus
from worker.results import Result

_NO_SHADOW = Shadow(name="", attempts=0, outcome=Outcome(status=ShadowStatus.FAILED))


class ResultRow(AnswerModel):
    """What came of one shadow; or, without a shadow's name, what went wrong with the Thing itself."""

    thing_name: str
    shadow_name: str | None
    status: ShadowStatus
    version: int | None
    attempts: int | None
    lambda_status_code: int | None
    lambda_request_id: str | None
    error: str | None
    landed: bool | None
    landed_version: int | None
    landing_ms: int | None
    row_version: int | None

    @classmethod
    def of(cls, result: Result) -> "ResultRow":
        shadow = result.shadow or _NO_SHADOW
        outcome, landing = shadow.outcome, shadow.landing
        return cls(
            thing_name=result.thing_name,
            shadow_name=shadow.name or None,
            status=result.status,
            version=outcome.version,
            attempts=shadow.attempts if result.shadow else None,
            lambda_status_code=outcome.lambda_status_code,
            lambda_request_id=outcome.lambda_request_id,
            error=result.error,
            landed=landing.landed,
            landed_version=landing.version,
            landing_ms=landing.ms,
            row_version=shadow.row_version,
        )


class ResultPage(AnswerModel):
    results: list[ResultRow]
    next_cursor: str | None = Field(description="Null on the last page.")
