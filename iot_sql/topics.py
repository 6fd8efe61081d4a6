"""MQTT topics and topic filters, as AWS IoT has them.

https://docs.aws.amazon.com/iot/latest/developerguide/topics.html
"""

BYTES = 256
SLASHES = 7
"""Of a topic or filter, not counting the prefix of Basic Ingest.

https://docs.aws.amazon.com/general/latest/gr/iot-core.html#limits_iot
"""

_BASIC_INGEST = ["$aws", "rules"]


def without_basic_ingest(topic: str) -> str:
    """*topic* without ``$aws/rules/<rule name>/``.

    https://docs.aws.amazon.com/iot/latest/developerguide/iot-basic-ingest.html
    """
    levels = topic.split("/", 3)
    return levels[3] if len(levels) == 4 and levels[:2] == _BASIC_INGEST else topic


def matches(topic_filter: str, topic: str) -> bool:
    """Whether a message published on *topic* is one for *topic_filter*, which is taken to be legal.

    A wildcard at the first level takes no topic that starts with ``$``, and, other than in the MQTT specification,
    ``a/#`` does not take ``a``: https://docs.aws.amazon.com/iot/latest/developerguide/mqtt.html#mqtt-differences
    """
    if topic.startswith("$") and topic_filter.startswith(("+", "#")):
        return False
    wanted, levels = topic_filter.split("/"), topic.split("/")
    if wanted[-1] == "#":
        wanted.pop()
        if len(levels) <= len(wanted):
            return False
        levels = levels[: len(wanted)]
    return len(wanted) == len(levels) and all(want in ("+", level) for want, level in zip(wanted, levels, strict=True))


def check_filter(topic_filter: str) -> str | None:
    """What is wrong with *topic_filter*, None if nothing is."""
    if not topic_filter:
        return "a topic filter must not be empty"
    if "\0" in topic_filter or any("\ud800" <= character <= "\udfff" for character in topic_filter):
        return "a topic filter is UTF-8 text without the character U+0000"
    if len(topic_filter.encode()) > BYTES:
        return f"a topic filter has at most {BYTES} bytes"
    if without_basic_ingest(topic_filter).count("/") > SLASHES:
        return f"a topic filter has at most {SLASHES} slashes"
    levels = topic_filter.split("/")
    if any("#" in level for level in levels[:-1]) or ("#" in levels[-1] and levels[-1] != "#"):
        return "the wildcard # must be the last level of a topic filter, alone in it"
    if any("+" in level and level != "+" for level in levels):
        return "the wildcard + must be alone in its level of a topic filter"
    return None
