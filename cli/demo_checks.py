"""What the demo holds each of its jobs against."""

from collections.abc import Collection, Mapping

import click

from cli.job import Job
from cli.table import Row


class NotAsExpectedError(click.ClickException):
    """All parts ran, and yet a shadow was not delivered, or did not land."""


def expect_drift(jobs: Mapping[str, Job], drift: str) -> None:
    """Every shadow of these checks differs so from its row.

    Raises:
        NotAsExpectedError: one does not, or could not be compared.
    """
    for job in jobs.values():
        as_expected = [shadow for shadow in job.shadows if shadow.drift == drift]
        if not job.success or len(as_expected) != len(job.shadows):
            raise NotAsExpectedError(
                f"{job.thing}: {len(as_expected)} of {len(job.shadows)} shadows are {drift} here, not all{_errors(job)}"
            )


def expect_landed(job: Job, count: int, received: Collection[object]) -> None:
    """All *count* shadows were delivered and have landed. *received*: request ids that the Lambda was invoked with.

    Raises:
        NotAsExpectedError: one was not, or has not.
    """
    delivered = {shadow.lambda_request_id for shadow in job.shadows if shadow.status == "delivered"}
    landed = sum(shadow.landed is True for shadow in job.shadows)
    if not job.success or len(delivered) != count or landed != count:
        raise NotAsExpectedError(
            f"{job.thing}: {len(delivered)} of {count} shadows were delivered, {landed} have landed{_errors(job)}"
        )
    missing = delivered.difference(received)
    if missing:
        raise NotAsExpectedError(f"{job.thing}: the Lambda never received {len(missing)} of the delivered events")


def expect_rows(job: Job, rows: Mapping[str, Row]) -> None:
    """There is a row for each shadow that was compared, with the version that the shadow had then, and no other.

    Raises:
        NotAsExpectedError: a row is missing, has another version, or is there without a shadow.
    """
    versions = {shadow.name: shadow.version for shadow in job.shadows}
    told = {name: row.version for name, row in rows.items()}
    wrong = [name for name in versions.keys() | told.keys() if versions.get(name) != told.get(name)]
    if wrong:
        raise NotAsExpectedError(f"{job.thing}: {len(wrong)} of its rows and shadows have not each other's version")


def _errors(job: Job) -> str:
    return "".join(f"; {error}" for error in job.errors)
