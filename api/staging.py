"""Putting a request's names aside, as they come, for the job that it asks for."""

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass

from redis import RedisError

from api.errors import BadRequest
from api.names import BadLine, Line, checked
from worker.jobs import JobStore

_BATCH = 1000
_TOLD = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Staged:
    """How many names there are, each once, and how many were left out."""

    things: int
    duplicates: int
    invalid: int


def stage(jobs: JobStore, job_id: str, lines: Iterable[Line], *, skip_invalid: bool, field: str) -> Staged:
    """Put the names of *lines* aside for the job that will have this id. *field* names a line, as in "line 17". Where
    that fails nothing is left of them.

    Raises:
        BadRequest: a line holds no name, and must not be skipped; it tells of a hundred such lines. Or there are none.
    """
    try:
        return _stage(jobs, job_id, lines, skip_invalid=skip_invalid, field=field)
    except Exception:
        # Else they expire.
        with contextlib.suppress(RedisError):
            jobs.unstage(job_id)
        raise


def _stage(jobs: JobStore, job_id: str, lines: Iterable[Line], *, skip_invalid: bool, field: str) -> Staged:
    batch: list[str] = []
    given = staged = invalid = 0
    told: list[tuple[str, str]] = []
    for line in lines:
        if isinstance(line, BadLine):
            invalid += 1
            if len(told) < _TOLD:
                told.append((f"{field} {line.number}", line.message))
        elif not invalid or skip_invalid:
            given += 1
            batch.append(line.name)
            if len(batch) == _BATCH:
                staged = jobs.stage(job_id, batch)
                batch = []
    if invalid and not skip_invalid:
        raise BadRequest(*told, summary=_refusal(invalid, len(told)))
    if batch:
        staged = jobs.stage(job_id, batch)
    if not staged:
        why = f"all {invalid} names are invalid" if invalid else "it holds no name"
        raise BadRequest(*told, ("body", f"{why}; nothing was started"))
    return Staged(things=staged, duplicates=given - staged, invalid=invalid)


def listed(names: Iterable[str]) -> Iterable[Line]:
    """The names of a JSON list, numbered from 1."""
    return (checked(number, name) for number, name in enumerate(names, start=1))


def _refusal(invalid: int, told: int) -> str:
    first = f", of which the first {told} are told here" if invalid > told else ""
    what_to_do = "Correct them, or leave them out with skipInvalid."
    return f"{invalid} of the names cannot be taken{first}; nothing was started. {what_to_do}"
