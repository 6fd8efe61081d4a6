"""Whether and when EventBridge tries a delivery again.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html names what is retried,
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html how often and how long.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sandbox.destination import Outcome
from sandbox.knobs import Knobs

RETRIED = (401, 407, 409, 429)
FIRST_WAIT = 1.0
# AWS does not publish its steps. With these, 185 retries take about the 24 hours that it names beside them.
LONGEST_WAIT = 600.0


@dataclass(slots=True, frozen=True)
class Verdict:
    """`wait` is in seconds before the next attempt; `exhausted` is the condition of the retry policy that ended it."""

    state: Literal["delivered", "retried", "dead"]
    wait: float | None = None
    exhausted: str | None = None


def judge(outcome: Outcome, attempt: int, age: float, knobs: Knobs, jitter: float) -> Verdict:
    """After attempt number `attempt` (from 1) of an event that is `age` seconds old; `jitter` is from 0 to 1."""
    status = outcome.status
    if status is not None and 200 <= status < 300:
        return Verdict("delivered")
    if status is not None and status not in RETRIED and status < 500:
        return Verdict("dead")
    asked = outcome.retry_after or 0.0
    if asked < 0:
        return Verdict("dead")
    if attempt > knobs.delivery_max_retries:
        return Verdict("dead", exhausted="MaximumRetryAttempts")
    back_off = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(attempt - 1, 16)) * (0.5 + jitter / 2)
    wait = max(asked, back_off)
    if age + wait > knobs.delivery_max_age_s:
        return Verdict("dead", exhausted="MaximumEventAgeInSeconds")
    return Verdict("retried", wait)
