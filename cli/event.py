"""`shadow-sync event`: the only command that asks AWS itself, and so runs where AWS's credentials are."""

import click

from cli import access
from cli.failures import FailureError, MalformedError, NotAuthorisedError, UnreachableError


@click.command()
@click.argument("thing", callback=access.thing_name)
@click.argument("shadow", callback=access.shadow_name)
@click.option("--ignore-where", is_flag=True, help="As a sync with that option: look not at the rule's WHERE.")
def event(thing: str, shadow: str, ignore_where: bool) -> None:
    """Print the event that a sync of SHADOW of THING would send now. Sends nothing.

    It needs what a worker has: the AWS_* variables or a role, and the SHADOW_SYNC_* variables of the rule.
    """
    # No other command needs boto3, which takes longer to load than all of them to run.
    from worker.preview import PreviewError, Trouble, preview

    try:
        shown = preview(thing, shadow, ignore_where=ignore_where)
    except PreviewError as error:
        failures = {
            Trouble.NO_EVENT: FailureError,
            Trouble.SETTINGS: MalformedError,
            Trouble.REFUSED: NotAuthorisedError,
            Trouble.UNREACHABLE: UnreachableError,
        }
        raise failures[error.trouble](str(error)) from None
    click.echo(f"rule: {shown.rule}; message: {shown.message}", err=True)
    if shown.event is None:
        raise FailureError(shown.why)
    click.echo(shown.event)
