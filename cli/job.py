"""A job as the HTTP API tells it. What arrives is not trusted: a wrong shape is a failure, never a traceback."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from cli.values import counts, mapping, text, truth, whole

ENDED = frozenset({"succeeded", "partial", "failed", "cancelled", "aborted"})


class NotAJobError(ValueError):
    """The JSON is not a job."""


@dataclass(frozen=True, kw_only=True)
class Shadow:
    """The outcome of one named shadow. What the answer does not have is None: the published 200 has no status and no
    version, and only jobs that looked at the rows know of them.
    """

    name: str
    status: str | None
    version: int | None
    lambda_status_code: int | None
    lambda_request_id: str | None
    error: str | None
    landed: bool | None
    landing_ms: int | None
    row_version: int | None
    drift: str | None

    @classmethod
    def parse(cls, body: object) -> Self:
        if not isinstance(body, dict) or not isinstance(body.get("shadowName"), str):
            raise NotAJobError("a shadow without a name")
        return cls(
            name=body["shadowName"],
            status=text(body.get("status")),
            version=whole(body.get("version")),
            lambda_status_code=whole(body.get("lambdaStatusCode")),
            lambda_request_id=text(body.get("lambdaRequestId")),
            error=text(body.get("error")),
            landed=truth(body.get("landed")),
            landing_ms=whole(body.get("landingMs")),
            row_version=whole(body.get("rowVersion")),
            drift=text(body.get("drift")),
        )


@dataclass(frozen=True, kw_only=True)
class Job:
    """A job at any stage; *raw* is the JSON object as it came. *check*: it compares, and delivers nothing; *verify*: it
    waits for the rows of what it delivered; *drift*: of a check, how many shadows and rows differ how.
    """

    id: str | None
    status: str
    success: bool | None
    thing: str
    shadows: tuple[Shadow, ...]
    errors: tuple[str, ...]
    counts: Mapping[str, int]
    check: bool
    verify: bool
    drift: Mapping[str, int]
    raw: Mapping[str, Any]

    @property
    def ended(self) -> bool:
        return self.success is not None or self.status in ENDED

    @property
    def bulk(self) -> bool:
        """It is about a selection of Things; its shadows are told apart from it, as its results."""
        return "selection" in self.raw and not self.thing

    @property
    def needs_confirmation(self) -> bool:
        return self.status == "awaiting_confirmation"

    @property
    def all_well(self) -> bool:
        """Everything was delivered, and has landed where that was asked; or, of a check, everything is equal."""
        return self.success is True and (not self.check or all(shadow.drift == "equal" for shadow in self.shadows))

    @property
    def settled(self) -> int:
        """How many shadows have reached a state that never changes."""
        return sum(self.counts.get(state, 0) for state in ("delivered", "skipped", "failed", "cancelled"))

    @classmethod
    def parse(cls, body: object) -> Self:
        """Read a job, or the published finished result, which is a part of one.

        Raises:
            NotAJobError: the body has another shape.
        """
        if not isinstance(body, dict) or "success" not in body or not isinstance(body.get("shadows"), list):
            raise NotAJobError("neither a job nor a result")
        success = truth(body["success"])
        errors = body.get("errors")
        return cls(
            id=text(body.get("jobId")),
            status=text(body.get("status")) or {True: "succeeded", False: "failed", None: "running"}[success],
            success=success,
            thing=text(body.get("thingName")) or "",
            shadows=tuple(Shadow.parse(shadow) for shadow in body["shadows"]),
            errors=tuple(str(error) for error in errors) if isinstance(errors, list) else (),
            counts=counts(mapping(body.get("progress")).get("shadows")),
            check=body.get("kind") == "drift",
            verify=mapping(body.get("options")).get("verify") is True,
            drift=counts(body.get("drift")),
            raw=body,
        )
