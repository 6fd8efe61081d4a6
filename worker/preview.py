"""The event that a sync would send now, for an operator to see. Nothing is invoked, nothing is written."""

import time
from dataclasses import dataclass, field
from enum import Enum, auto

from worker import logs
from worker.aws import Aws, LiveRule
from worker.events import DocumentError, RuleError, rule_event
from worker.failures import Failure, NotFoundError, RetryableError
from worker.messages import topic
from worker.rule import TopicRule, rule_in_force, unreadable
from worker.settings import Settings, SettingsError, load


@dataclass(frozen=True, kw_only=True, slots=True)
class Preview:
    """``rule``: where its SQL was read; ``message``: how the topic of the rebuilt message ends; ``event``: what the
    Lambda would receive, None where the rule would not fire, and then ``why``.
    """

    rule: str
    message: str
    event: bytes | None = field(repr=False)
    why: str = ""


class Trouble(Enum):
    """Why there is no preview."""

    NO_EVENT = auto()  # no such shadow, or the rule cannot be evaluated on it
    SETTINGS = auto()  # a variable is missing or wrong, or the request is
    REFUSED = auto()  # AWS does not take the credentials
    UNREACHABLE = auto()  # AWS does not answer, or not now


class PreviewError(Exception):
    """There is no preview, for the reason of its ``trouble``. The text says what to do."""

    def __init__(self, trouble: Trouble, text: str) -> None:
        super().__init__(text)
        self.trouble = trouble


def preview(thing_name: str, shadow_name: str, *, ignore_where: bool) -> Preview:
    """Shape the event as a worker with this process's environment would.

    Raises:
        PreviewError: it cannot be had.
    """
    try:
        settings = load(Settings)
        # What a worker logs at its start is no news to who asks; its warnings are.
        logs.configure(settings.model_copy(update={"log_level": "WARNING"}))
        aws = Aws(settings)
        rule = rule_in_force(settings, lambda name: _live_rule(aws, name))
        return _of(rule, aws.shadow(thing_name, shadow_name), thing_name, shadow_name, ignore_where=ignore_where)
    except SettingsError as error:
        raise PreviewError(Trouble.SETTINGS, str(error)) from None
    except Failure as failure:
        raise PreviewError(_trouble(failure), str(failure)) from None
    except (DocumentError, RuleError) as error:
        raise PreviewError(Trouble.NO_EVENT, f"{type(error).__name__}: {error}") from None


def _live_rule(aws: Aws, name: str) -> LiveRule:
    """Told as it is: at a worker's start every failure would be called one of the settings."""
    try:
        return aws.topic_rule(name)
    except NotFoundError:
        raise
    except Failure as failure:
        raise PreviewError(_trouble(failure), unreadable(name, failure)) from None


def _trouble(failure: Failure) -> Trouble:
    if failure.refused:
        return Trouble.REFUSED
    if isinstance(failure, NotFoundError):
        return Trouble.NO_EVENT
    return Trouble.UNREACHABLE if isinstance(failure, RetryableError) else Trouble.SETTINGS


def _of(rule: TopicRule, document: bytes, thing_name: str, shadow_name: str, *, ignore_where: bool) -> Preview:
    now_ms = time.time_ns() // 1_000_000

    def event(*, ignoring: bool) -> bytes | None:
        shaped = rule_event(
            rule, document, thing_name=thing_name, shadow_name=shadow_name, now_ms=now_ms, ignore_where=ignoring
        )
        return shaped.payload if shaped else None

    known = {"rule": rule.source, "message": str(rule.kind)}
    payload = event(ignoring=ignore_where)
    if payload is not None:
        return Preview(**known, event=payload)
    if not rule.sql.takes(topic(rule.kind, thing_name, shadow_name)):
        why = f"its FROM '{rule.sql.topic_filter}' does not take this Thing and shadow"
    elif event(ignoring=True) is not None:
        why = "its WHERE does not hold for this shadow; --ignore-where sends the event all the same"
    else:
        why = f"AWS IoT would publish no {rule.kind} of this shadow"
    return Preview(**known, event=None, why=f"the rule would not fire: {why}")
