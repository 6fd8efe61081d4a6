"""One run: a load, a fault in the middle of it, and the checks when all is over."""

import random
import time
from collections.abc import Callable

from chaos.checks import check
from chaos.faults import FAULTS
from chaos.load import Fleet, Load
from chaos.outcome import Outcome
from chaos.scene import Scene
from chaos.site import Site

UNDER_WAY = 25
UNDER_WAY_SECONDS = 20.0


def prepare(site: Site) -> Fleet:
    """The fleet, with the names of all shadows."""
    site.aws.forget()
    names = site.aws.shadows(next(iter(site.aws.things())))
    return Fleet(dict.fromkeys(site.aws.things(), names))


def run(site: Site, fleet: Fleet, fault: str, seed: int, tell: Callable[[str], None] = lambda _: None) -> Outcome:
    """Break it as *fault* does, with the dice of *seed*. All processes run when it begins, and when it returns."""
    began, dice = time.monotonic(), random.Random(seed)
    site.aws.forget()
    fleet.shuffle(dice)
    outcome = Outcome(fault, seed)
    before = site.store.kept_bytes(), site.store.used_bytes()
    load = Load(site.access, site.aws, fleet, seed)
    scene = Scene(site, dice, load, tell)
    load.start()
    try:
        scene.until(lambda: len(site.aws.deliveries()[0]) >= UNDER_WAY, UNDER_WAY_SECONDS, "the load is under way")
        FAULTS[fault](scene)
        scene.heal()
        site.wait_until_whole()
        load.end()
    finally:
        load.give_up()
        scene.heal()
    outcome.taken_over, outcome.resumed, outcome.in_flight = scene.taken_over, scene.resumed, scene.in_flight
    outcome.problems += load.problems + scene.problems
    outcome.late += scene.late
    check(site, fleet, load, before, outcome)
    outcome.seconds = time.monotonic() - began
    return outcome
