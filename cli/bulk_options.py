"""The options of a job over many Things: as the command line has them, as members of a JSON body, as a query."""

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

OPTIONS = (
    click.option("--include", multiple=True, metavar="GLOB", help="Just the shadows whose names match; repeatable."),
    click.option("--exclude", multiple=True, metavar="GLOB", help="Not the shadows whose names match; repeatable."),
    click.option("--dry-run", is_flag=True, help="Do everything but send."),
    click.option(
        "--ignore-where",
        is_flag=True,
        help="Send the events of those shadows too for which the rule's WHERE does not hold.",
    ),
    click.option(
        "--verify/--no-verify",
        default=None,
        help="Wait until the rows of what was delivered have landed, or do not. Default: as the service is configured.",
    ),
    click.option("--only-drifted", is_flag=True, help="Skip the shadows whose rows have their version already."),
    click.option(
        "--max-rate",
        type=click.FloatRange(0, 100_000, min_open=True),
        metavar="N",
        help="At most N shadows per second.",
    ),
    click.option(
        "--tolerate",
        type=click.FloatRange(0, 100),
        metavar="PERCENT",
        help="Abort when more than so many of the shadows have failed.",
    ),
    click.option(
        "--tolerate-minimum",
        type=click.IntRange(1),
        metavar="N",
        help="With --tolerate: not before N shadows have ended. Default: as the service has it.",
    ),
    click.option("--comment", metavar="TEXT", help="Why, for those who look at the job later."),
    click.option("--confirm", is_flag=True, help="Begin at once, however many Things it is over."),
    click.option("--skip-invalid", is_flag=True, help="Leave names out that are not legal, instead of refusing all."),
)


def with_bulk_options(command: Command) -> Command:
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def as_members(options: Mapping[str, Any]) -> dict[str, Any]:
    """For a JSON body: those that were given, and no others, so that the service decides the rest."""
    tolerance = _given(failedPercent=options["tolerate"], minimum=options["tolerate_minimum"])
    shadows = _given(include=list(options["include"]), exclude=list(options["exclude"]))
    return _given(shadows=shadows, tolerance=tolerance, **_plain(options))


def as_query(options: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The same for a query, where the body is a file."""
    given = {
        **_plain(options),
        **_given(failedPercent=options["tolerate"], minimum=options["tolerate_minimum"]),
    }
    query = [(name, value if isinstance(value, str) else json.dumps(value)) for name, value in given.items()]
    return query + [(name, glob) for name in ("include", "exclude") for glob in options[name]]


def check(options: Mapping[str, Any]) -> None:
    """
    Raises:
        click.UsageError: one is there without the one that it goes with.
    """
    if options["tolerate_minimum"] is not None and options["tolerate"] is None:
        raise click.UsageError("--tolerate-minimum goes with --tolerate.")


def _plain(options: Mapping[str, Any]) -> dict[str, Any]:
    return _given(
        dryRun=options["dry_run"] or None,
        ignoreWhere=options["ignore_where"] or None,
        verify=options["verify"],
        onlyDrifted=options["only_drifted"] or None,
        maxShadowsPerSecond=options["max_rate"],
        comment=options["comment"],
        confirm=options["confirm"] or None,
        skipInvalid=options["skip_invalid"] or None,
    )


def _given(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None and value != [] and value != {}}
