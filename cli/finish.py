"""The last words of a command about a job, and its exit code."""

import json
from typing import NoReturn

import click

from cli.bulk_show import print_bulk
from cli.failures import DELIVERED, NOT_DELIVERED
from cli.job import Job
from cli.show import print_job

as_json = click.option("--json", "as_json", is_flag=True, help="Print the job as JSON, and nothing else, on stdout.")


def finish(job: Job, as_json: bool, code: int | None = None) -> NoReturn:
    """Print *job* and end with *code*; without one the job's outcome says which."""
    if as_json:
        click.echo(json.dumps(job.raw, indent=2))
    else:
        tell(job)
    if code is None:
        code = DELIVERED if job.all_well else NOT_DELIVERED
    raise SystemExit(code)


def tell(job: Job) -> None:
    if job.bulk:
        print_bulk(job)
    else:
        print_job(job)
