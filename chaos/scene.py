"""What a fault works with: the site and the dice, and what it measures on the way."""

import random
import time
from collections.abc import Callable, Mapping

from chaos.load import Load
from chaos.site import Site
from chaos.start import LEASE_SECONDS

TAKEN_OVER_SECONDS = 1.5 * LEASE_SECONDS
RESUMED_SECONDS = 5.0
# Longer than all time-outs of an attempt: whoever is alive has finished by then, and no lease of a dead one has ended.
_HELD_SECONDS = 1.8
_POLL_SECONDS = 0.03


class Scene:
    """One run, as its fault sees it. ``answers_lost``: so many calls took effect, and nobody was told."""

    def __init__(self, site: Site, dice: random.Random, load: Load, tell: Callable[[str], None]) -> None:
        self.site, self.dice, self._load, self._tell = site, dice, load, tell
        self.answers_lost = 0
        self._in_flight: set[tuple[str, str]] = set()
        self.taken_over: float | None = None
        self.resumed: float | None = None
        self.problems: list[str] = []
        self.late: list[str] = []
        """What took longer than it may; a machine that is busy otherwise can be to blame."""

    def tell(self, text: str) -> None:
        self._tell(f"    {text}")

    def pause(self, least: float, most: float) -> float:
        """Wait for a time between the two, in seconds. Returns it."""
        seconds = self.dice.uniform(least, most)
        time.sleep(seconds)
        return seconds

    def until(self, condition: Callable[[], bool], seconds: float, what: str) -> bool:
        """Wait for *condition*; a problem, and False, where it does not hold in time."""
        deadline = time.monotonic() + seconds
        while not condition():
            self.site.interrupts.check()
            if time.monotonic() > deadline:
                self.problems.append(f"not within {seconds:g} s: {what}")
                return False
            time.sleep(_POLL_SECONDS)
        return True

    def a_worker(self) -> str:
        return self.dice.choice(sorted(self.site.workers))

    @property
    def in_flight(self) -> int:
        """So many shadows can have been delivered twice by what was done."""
        return len(self._in_flight) + self.answers_lost

    def hold_to_account(self, leases: Mapping[str, str] | None = None) -> None:
        """Those shadows were in flight; where nothing is said, all that are leased now."""
        found = self.site.store.leases() if leases is None else leases
        self._in_flight |= {(place, token) for place, token in found.items() if place.count("/") == 2}

    def watch_the_orphans(self, since: float) -> None:
        """Of what is leased now, wait until that which its holder does not come back for is taken over; *since*
        (``time.monotonic()``) it has none.
        """
        held = self.site.store.leases()
        orphans = self._held_until(held, since + _HELD_SECONDS)
        self.hold_to_account(orphans)
        self.tell(f"{len(held)} leased, {len(orphans)} of them orphaned")
        if not orphans:
            return
        orphans = self._held_until(orphans, since + 2 * TAKEN_OVER_SECONDS)
        seconds = time.monotonic() - since
        self.taken_over = max(self.taken_over or 0.0, seconds)
        if seconds > TAKEN_OVER_SECONDS:
            never = f"; not at all: {sorted(orphans)}" if orphans else ""
            self.late.append(f"taken over after {seconds:.2f} s, not within {TAKEN_OVER_SECONDS:g} s{never}")

    def _held_until(self, held: dict[str, str], deadline: float) -> dict[str, str]:
        """What of it is held by the same at the *deadline*; earlier, once that is nothing."""
        while held and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
            now = self.site.store.leases()
            held = {place: token for place, token in held.items() if now.get(place) == token}
        return held

    def wait_for_deliveries(self, since: float) -> None:
        """Wait until both lanes deliver again; *since* (seconds since the epoch) they can."""
        _, seen = self.site.aws.deliveries()
        waiting = set(self.site.workers.values())
        deadline = time.monotonic() + 2 * RESUMED_SECONDS
        last = since
        while waiting and time.monotonic() < deadline:
            lanes = {thing: job.lane for job in tuple(self._load.jobs) for thing in job.things}
            found, seen = self.site.aws.deliveries(seen)
            for one in found:
                if one.at > since and lanes.get(one.thing) in waiting:
                    waiting.discard(lanes[one.thing])
                    last = one.at
            time.sleep(_POLL_SECONDS)
        self.resumed = max(self.resumed or 0.0, last - since)
        if waiting or last - since > RESUMED_SECONDS:
            self.late.append(f"not resumed within {RESUMED_SECONDS:g} s: {last - since:.2f} s, {waiting} never")

    def heal(self) -> None:
        """What is no process is as at the start."""
        self.site.network.heal()
