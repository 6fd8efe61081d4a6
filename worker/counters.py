"""What is counted over all jobs and processes, in one hash of the store that never expires.

A field is the counter's name and the values of its labels, with colons between: ``shadows:bulk:delivered``. The scripts
of the job store count their own moves (``tally`` in lua/prelude.lua), workers the calls to AWS and what they
drop. All values are listed here, so the name of a Thing cannot become one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from worker.job import JobStatus, ShadowStatus
from worker.job_request import Lane

_LANE = {"lane": tuple(map(str, Lane))}
_NOT_ENDED = (ShadowStatus.PENDING, ShadowStatus.RUNNING)
OPERATIONS = (
    *("ListNamedShadowsForThing", "GetThingShadow", "Invoke"),
    *("ListThings", "ListThingsInThingGroup", "SearchIndex"),
)


@dataclass(frozen=True, slots=True)
class Counter:
    """``labels``: what each can be."""

    name: str
    meaning: str
    labels: Mapping[str, tuple[str, ...]]

    def fields(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Each field of the hash that belongs to it, with the values of its labels."""
        for values in product(*self.labels.values()):
            yield ":".join((self.name, *values)), values


COUNTERS = (
    Counter("jobs_accepted", "Jobs that were written.", _LANE),
    Counter("jobs_started", "Jobs that a worker has begun.", _LANE),
    Counter(
        "jobs_ended",
        "Jobs that have ended, by how.",
        _LANE | {"status": tuple(str(status) for status in JobStatus if status.ended)},
    ),
    Counter(
        "shadows",
        "Shadows that have ended, by how.",
        _LANE | {"outcome": tuple(str(status) for status in ShadowStatus if status not in _NOT_ENDED)},
    ),
    Counter(
        "landings",
        "Delivered shadows whose row was waited for, by whether it came in time.",
        _LANE | {"outcome": ("landed", "late")},
    ),
    Counter(
        "retries",
        "Attempts that were put off: after an error; throttled by AWS; or, with AWS not asked, for want of a place in "
        "the pace.",
        _LANE | {"reason": ("error", "throttled", "paced")},
    ),
    Counter("lease_expiries", "Attempts that never told how they ended: their worker died, or hung.", _LANE),
    Counter(
        "aws_calls",
        "Calls to AWS, by how they were answered.",
        {"operation": OPERATIONS, "outcome": ("ok", "throttled", "error")},
    ),
    Counter(
        "messages_dropped",
        "Messages that were no wake-up of ours, by the lane whose queue they lay in; other: said to the workers.",
        {"queue": (*map(str, Lane), "other")},
    ),
)
