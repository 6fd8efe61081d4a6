"""From a shadow's document to the MQTT message that AWS IoT would have published of it.

What a message holds that a document does not (``clientToken``, which fields an update changed or removed, who published
it) cannot be had back. https://docs.aws.amazon.com/iot/latest/developerguide/device-shadow-document.html
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from iot_sql import matches
from worker.delta import difference

JsonObject = dict[str, Any]


class MessageKind(StrEnum):
    """The messages that can be rebuilt, by how their topics end."""

    DOCUMENTS = "update/documents"  # the state before and after
    ACCEPTED = "update/accepted"  # what a device or an app wrote
    DELTA = "update/delta"  # what is desired and not reported
    GET = "get/accepted"  # the document as it is


class TopicError(Exception):
    """No message for this topic filter can be rebuilt. The text says why, and what to use."""


_USE = "use a filter such as $aws/things/+/shadow/name/+/update/documents"
_ANY = "+"


def topic(kind: MessageKind, thing_name: str, shadow_name: str) -> str:
    """Where AWS IoT publishes such a message."""
    return f"$aws/things/{thing_name}/shadow/name/{shadow_name}/{kind}"


def kind_for(topic_filter: str | None) -> MessageKind:
    """The one kind of message that *topic_filter* takes.

    Raises:
        TopicError: it takes none that can be rebuilt, or more than one.
    """
    if topic_filter is None:
        raise TopicError(f"the rule has no FROM, so nothing says which message to rebuild; {_USE}")
    taken = [
        kind for kind in MessageKind if _takes(topic_filter, ("$aws", "things", _ANY, "shadow", "name", _ANY), kind)
    ]
    if len(taken) == 1:
        return taken[0]
    if taken:
        raise TopicError(
            f"FROM '{topic_filter}' takes {_listed(taken)}, and a sync sends one message; name one of them"
        )
    if any(
        _takes(topic_filter, ("$aws", "things", _ANY, "shadow"), suffix)
        for suffix in (*MessageKind, "update", "update/rejected", "get", "get/rejected", "delete", "delete/accepted")
    ):
        raise TopicError(
            f"FROM '{topic_filter}' takes messages of the classic shadow; named shadows are synced: {_USE}"
        )
    raise TopicError(f"FROM '{topic_filter}' takes no message that can be rebuilt from a shadow; {_USE}")


def rebuild(
    kind: MessageKind, document: JsonObject, *, published_at: int, accepted_sections: Sequence[str] = ("reported",)
) -> JsonObject | None:
    """The message of *kind* of a GetThingShadow answer. None where AWS IoT would publish none.

    *published_at* in Unix seconds. Where the document cannot say what was, the state is taken to be unchanged by the
    publish, as when a hub republishes: ``previous`` is the same state, one version earlier. *accepted_sections*: which
    of reported and desired the device's message carried. Parts of *document* are shared.
    """
    current: JsonObject = {name: _without_delta(document[name]) for name in ("state", "metadata") if name in document}
    version = document["version"]
    if kind is MessageKind.DOCUMENTS:
        return {
            "previous": {**current, "version": version - 1},
            "current": {**current, "version": version},
            "timestamp": published_at,
        }
    if kind is MessageKind.ACCEPTED:
        return _accepted(current, accepted_sections, version, published_at)
    if kind is MessageKind.DELTA:
        return _delta(current, version, published_at)
    return {**document, "timestamp": published_at}


def _accepted(current: JsonObject, sections: Sequence[str], version: int, published_at: int) -> JsonObject | None:
    carried = {
        name: {section: content[section] for section in sections if section in content}
        for name, content in current.items()
    }
    if not carried.get("state"):
        return None
    return {**carried, "version": version, "timestamp": published_at}


def _delta(current: JsonObject, version: int, published_at: int) -> JsonObject | None:
    state, metadata = current.get("state", {}), current.get("metadata", {})
    found = difference(state.get("desired"), state.get("reported"), metadata.get("desired"))
    if found is None:
        return None
    delta, delta_metadata = found
    return {"version": version, "timestamp": published_at, "state": delta, "metadata": delta_metadata}


def _without_delta(section: JsonObject) -> JsonObject:
    """Only GetThingShadow adds the delta."""
    return {name: value for name, value in section.items() if name != "delta"} if "delta" in section else section


def _takes(topic_filter: str, prefix: tuple[str, ...], suffix: str) -> bool:
    """Whether *topic_filter* takes topics of *prefix*, in which _ANY is any name, that end in *suffix*."""
    wanted = topic_filter.split("/")
    # Where any name will do, the one that the filter wants does.
    names = (wanted[at] if level == _ANY and at < len(wanted) else level for at, level in enumerate(prefix))
    return matches(topic_filter, "/".join((*names, suffix)))


def _listed(kinds: list[MessageKind]) -> str:
    return f"{', '.join(kinds[:-1])} and {kinds[-1]}"
