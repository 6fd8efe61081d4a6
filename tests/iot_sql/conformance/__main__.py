"""``make conformance``."""

import sys

import click

from tests.iot_sql.conformance.report import report
from tests.iot_sql.conformance.rows import pages


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Print, per page of the documentation, how many of its examples agree, and each that does not with the reason.

    Exit status 1 if a disagreement is not explained, or what is explained as one is none.
    """
    lines, unexplained = report(pages())
    click.echo("\n".join(lines))
    if unexplained:
        click.echo(f"{unexplained} to be explained or mended.")
        sys.exit(1)


main()
