"""What a job over many Things tells beside what any job does."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from cli.job import Job
from cli.values import counts, mapping, number, objects, one_line, text, texts, time, truth, whole

ENDED_THINGS = ("succeeded", "failed", "cancelled")


@dataclass(frozen=True, kw_only=True)
class ErrorClass:
    """How often one kind of error came; *example* is where it came first, and its text, in one line."""

    name: str
    count: int
    example: str

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> Self:
        first = mapping(body.get("first"))
        where = "/".join(filter(None, (text(first.get("thingName")), text(first.get("shadowName")))))
        return cls(
            name=text(body.get("errorClass")) or "?",
            count=whole(body.get("count")) or 0,
            example=one_line(": ".join(filter(None, (where, text(first.get("error")))))),
        )


@dataclass(frozen=True, kw_only=True)
class BulkJob:
    """*things*: how many are in which state, and in total once they are counted. Rates are in shadows per second.
    *options*: in words, those that are not as usual. *left_out*: in words, the names that are not part of it.
    """

    job: Job
    things: Mapping[str, int]
    selection: str
    dry_run: bool
    options: tuple[str, ...]
    left_out: tuple[str, ...]
    comment: str | None
    requested_by: str | None
    created_at: datetime | None
    rate_now: float | None
    rate_overall: float | None
    ends_at: datetime | None
    error_classes: tuple[ErrorClass, ...]
    retry_of: str | None
    retried_by: str | None
    results_expire_at: datetime | None

    @property
    def things_ended(self) -> int:
        return sum(self.things.get(state, 0) for state in ENDED_THINGS)

    @property
    def done(self) -> float:
        """From 0 to 1. Things that are not listed yet are taken to have as many shadows as the others."""
        total, begun = self.things.get("total", 0), self.things_ended + self.things.get("running", 0)
        shadows = self.job.counts.get("total", 0)
        if total <= 0 or begun <= 0:
            return 0.0
        if shadows <= 0:
            return min(self.things_ended / total, 1.0)
        return min(max(self.job.settled / shadows * begun / total, 0.0), 1.0)

    @property
    def something_failed(self) -> bool:
        """Whether there is anything that can be tried again."""
        not_landed = self.job.verify and self.job.counts.get("landed", 0) < self.job.counts.get("delivered", 0)
        return bool(self.things.get("failed") or self.job.counts.get("failed")) or not_landed

    @classmethod
    def of(cls, job: Job) -> Self:
        raw = job.raw
        rate, requested_by = mapping(raw.get("rate")), mapping(raw.get("requestedBy"))
        left_out = ((whole(raw.get("duplicates")), "given twice"), (whole(raw.get("invalid")), "not legal"))
        return cls(
            job=job,
            things=counts(mapping(raw.get("progress")).get("things")),
            selection=one_line(selection(job)),
            dry_run=mapping(raw.get("options")).get("dryRun") is True,
            options=tuple(map(one_line, options(mapping(raw.get("options"))))),
            left_out=tuple(f"{count:,} {why}" for count, why in left_out if count),
            comment=text(raw.get("comment")),
            requested_by=text(requested_by.get("email")),
            created_at=time(raw.get("createdAt")),
            rate_now=number(rate.get("now")),
            rate_overall=number(rate.get("overall")),
            ends_at=time(raw.get("estimatedEndAt")),
            error_classes=tuple(map(ErrorClass.parse, objects(raw.get("errorClasses")))),
            retry_of=text(raw.get("retryOf")),
            retried_by=text(raw.get("retriedBy")),
            results_expire_at=time(raw.get("resultsExpireAt")),
        )


def in_things(count: int) -> str:
    return "1 Thing" if count == 1 else f"{count:,} Things"


def selection(job: Job) -> str:
    """The Things of the job, in words."""
    match job.raw.get("selection"):
        case {"things": int(count)}:
            return f"{in_things(count)} by name"
        case {"thingGroup": str(group), "recursive": False}:
            return f"group {group} alone"
        case {"thingGroup": str(group)}:
            return f"group {group} and those in it"
        case {"query": str(query)}:
            return f"query {query}"
        case {"all": True}:
            return "all Things"
        case {"upload": str(kind)}:
            return f"upload of {kind}"
        case {"retryOf": str(job_id)}:
            return f"retry of {job_id}"
        case _:
            return job.thing or "-"


def options(given: Mapping[str, Any]) -> list[str]:
    """What was asked for beyond a plain sync, in words."""
    flags = {"ignoreWhere": "ignore WHERE", "verify": "verify", "onlyDrifted": "only drifted"}
    words = [word for name, word in flags.items() if truth(given.get(name))]
    shadows, tolerance = mapping(given.get("shadows")), mapping(given.get("tolerance"))
    words += [f"{way} {' '.join(globs)}" for way in ("include", "exclude") if (globs := texts(shadows.get(way)))]
    if (most := number(given.get("maxShadowsPerSecond"))) is not None:
        words.append(f"at most {most:,g} shadows/s")
    if (percent := number(tolerance.get("failedPercent"))) is not None:
        words.append(f"abort when more than {percent:g} % of at least {whole(tolerance.get('minimum')) or 1} fail")
    return words
