"""From a shadow's document to the event that the topic rule would have handed to the Lambda."""

from dataclasses import dataclass, field
from typing import Any

from iot_sql import NO_MATCH, UNDEFINED, Context, LimitError, Message, PayloadError, SqlError, to_json
from worker.messages import rebuild, topic
from worker.rule import TopicRule


class DocumentError(Exception):
    """The shadow's document is not one that AWS IoT would have published. The text quotes nothing of it."""


class RuleError(Exception):
    """The rule makes no event of this shadow. The text quotes nothing of it."""


@dataclass(frozen=True, slots=True)
class Event:
    """What the Lambda is to receive. ``payload`` is JSON in UTF-8, and stays out of every repr: it can hold a PIN
    code.
    """

    payload: bytes = field(repr=False)
    version: int


def rule_event(
    rule: TopicRule, document: bytes, *, thing_name: str, shadow_name: str, now_ms: int, ignore_where: bool = False
) -> Event | None:
    """Shape GetThingShadow's answer as *rule* would have shaped the message published at *now_ms* (Unix milliseconds).

    Numbers keep every digit, and their JSON type as the rule's SQL version keeps it. Returns None where the rule would
    not have fired: its WHERE does not hold (unless that is to be ignored), its FROM names other Things or shadows, or
    AWS IoT would not have published such a message.

    Raises:
        DocumentError: the document is not a shadow's.
        RuleError: the rule cannot be evaluated on it.
    """
    try:
        shadow = _parse(document, rule.sql.version)
        message = rebuild(rule.kind, shadow, published_at=now_ms // 1000, accepted_sections=rule.accepted_sections)
        if message is None:
            return None
        selected = _evaluate(
            rule, Message(message), topic(rule.kind, thing_name, shadow_name), now_ms, ignore_where=ignore_where
        )
        if selected is NO_MATCH:
            return None
        return Event(to_json(selected).encode(errors="surrogatepass"), shadow["version"])
    except RecursionError:
        raise DocumentError("the shadow document is nested too deeply") from None


def shadow_version(document: bytes) -> int:
    """The version of a shadow, out of GetThingShadow's answer.

    Raises:
        DocumentError: the document is not a shadow's.
    """
    version: int = _parse(document, "2016-03-23")["version"]
    return version


def _evaluate(rule: TopicRule, message: Message, on: str, now_ms: int, *, ignore_where: bool) -> Any:
    context = Context(account_id=rule.account_id, now_ms=now_ms)
    try:
        selected = rule.sql.evaluate(message, on, context, ignore_where=ignore_where)
    except SqlError as error:
        raise RuleError(f"{type(error).__name__}: {error}") from None
    if selected is UNDEFINED:
        raise RuleError("SELECT VALUE is Undefined for this shadow")
    return selected


def _parse(document: bytes, version: str) -> dict[str, Any]:
    if not document:
        raise DocumentError("the shadow document is empty")
    try:
        shadow = Message.parse(document, version).value
    except PayloadError:
        raise DocumentError("the shadow document is not JSON") from None
    except LimitError:
        raise DocumentError("the shadow document is nested too deeply") from None
    if not isinstance(shadow, dict):
        raise DocumentError("the shadow document is not a JSON object")
    if type(shadow.get("version")) is not int:
        raise DocumentError("the shadow document has no version number")
    for section in ("state", "metadata"):
        if not isinstance(shadow.get(section, {}), dict):
            raise DocumentError(f"the shadow document's {section} is not an object")
    return shadow
