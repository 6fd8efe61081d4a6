"""``python -m chaos``: run after run from one seed, and a table at the end."""

import secrets
import sys
import time

import click
import psutil

from chaos.faults import FAULTS
from chaos.outcome import Outcome, table
from chaos.run import prepare, run
from chaos.site import SlowStartError
from chaos.start import running
from cli.interrupts import InterruptedBySignal, Interrupts

THINGS = 900
TOLD = 20


@click.command(context_settings={"show_default": True})
@click.option("--runs", default=2 * len(FAULTS), help="How many, the faults in turns.")
@click.option("--seed", type=int, help="Of the first run; the next has the next.  [default: drawn]")
@click.option("--fault", "faults", multiple=True, type=click.Choice(sorted(FAULTS)), help="Only these (repeatable).")
@click.option("--seconds", default=3600.0, help="Begin no run later than this.")
@click.option("--workers", default=2, help="Of each lane.")
@click.option("--verbose", is_flag=True, help="Tell what is done.")
def main(runs: int, seed: int | None, faults: tuple[str, ...], seconds: float, workers: int, verbose: bool) -> None:
    """Kill and hurt the running product under load, and check that nothing accepted is lost.

    A run is repeated with its own seed, its fault, and --runs 1.
    """
    first = secrets.randbelow(1_000_000) if seed is None else seed
    names, outcomes = faults or tuple(FAULTS), list[Outcome]()
    click.echo(f"seed {first}")
    code, deadline = 0, time.monotonic() + seconds
    with Interrupts() as interrupts:
        try:
            with running(interrupts, things=THINGS, workers=workers, seed=first, tell=click.echo) as site:
                fleet = prepare(site)
                for number in range(runs):
                    if time.monotonic() > deadline:
                        click.echo(f"{seconds:g} s are over: {number} of {runs} runs")
                        break
                    tell = click.echo if verbose else lambda _: None
                    outcome = run(site, fleet, names[number % len(names)], first + number, tell)
                    outcomes.append(outcome)
                    click.echo(f"{number + 1:>4} {outcome.line()}")
                    for problem in outcome.problems[:TOLD]:
                        click.echo(f"     !! {problem}")
                    for late in outcome.late:
                        click.echo(f"     !! {late} (load of the machine {psutil.getloadavg()[0]:.1f})")
        except InterruptedBySignal as interrupted:
            code = interrupted.exit_code
        except SlowStartError as slow:
            slow.show()
            code = slow.exit_code
    click.echo("\n" + table(outcomes) if outcomes else "no run")
    bad = [outcome for outcome in outcomes if outcome.problems or outcome.late]
    for outcome in bad:
        click.echo(f"again: python -m chaos --runs 1 --seed {outcome.seed} --fault {outcome.fault}")
    sys.exit(code or bool(bad))


if __name__ == "__main__":
    main()
