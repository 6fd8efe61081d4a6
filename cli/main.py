"""The `shadow-sync` command."""

import sys

import click

from cli.bulk import bulk
from cli.credentials import keygen, token
from cli.event import event
from cli.failures import INTERRUPTED
from cli.jobs import jobs
from cli.local import demo, up
from cli.results import results
from cli.steer import cancel, confirm, pause, resume, retry
from cli.sync import drift, status, sync


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="shadow-sync")
def shadow_sync() -> None:
    """Force AWS IoT named shadows down the pipeline again.

    Exit codes: 0 all delivered or equal, 1 some failed, differ, have not ended or wait to be confirmed, 2 usage, 3 not
    authorised, 4 cannot reach the service.
    """


JOBS = (sync, drift, bulk, status, jobs, results, cancel, pause, resume, confirm, retry)
for command in (*JOBS, event, keygen, token, demo, up):
    shadow_sync.add_command(command)


def main() -> None:
    """The entry point. It ends the process with one of the codes in :mod:`cli.failures`."""
    try:
        code = shadow_sync(prog_name="shadow-sync", standalone_mode=False)
    except click.ClickException as failure:
        failure.show()
        code = failure.exit_code
    except click.Abort:
        # Left to itself, click makes this a 1, which says that something was not delivered.
        code = INTERRUPTED
    sys.exit(code)
