"""`shadow-sync demo` and `shadow-sync up`: the whole service on this machine, and nothing of it left afterwards."""

import time
from collections.abc import Callable

import click

from cli.interrupts import InterruptedBySignal, Interrupts
from cli.product import ROOT
from cli.stack import Stack


@click.command()
def demo() -> None:
    """Start everything, sync a small fleet over HTTP, show what happened, stop everything.

    Needs no Redis, no Docker and no AWS account.
    """
    try:
        from cli.demo import show
    except ImportError as missing:
        raise click.ClickException(f"{missing.name} is missing: pip install 'shadow-sync[demo]'") from None
    began = time.monotonic()
    _in_a_stack(show)
    click.echo(f"\nAll as expected, and everything is stopped, after {time.monotonic() - began:.1f} s.")


@click.command()
def up() -> None:
    """Start everything with throw-away credentials, say how to reach it, and keep it running until Ctrl-C."""
    from cli.up import keep_up

    _in_a_stack(keep_up)


def _in_a_stack(use: Callable[[Stack], None]) -> None:
    try:
        with Interrupts() as interrupts, Stack(ROOT, interrupts) as stack:
            use(stack)
    except InterruptedBySignal as interrupted:
        click.echo(f"\nStopped by {interrupted}. Nothing is left running.", err=True)
        raise SystemExit(interrupted.exit_code) from None
