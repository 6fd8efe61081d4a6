"""docs/events.md shows rules and what they make of a shadow. It shows what they do make."""

import re
from itertools import pairwise

import pytest

from iot_sql import Context, Message, Rule, to_json
from tests.operations.deployment import ROOT
from worker.messages import kind_for, rebuild, topic
from worker.rule import DEFAULT_SQL, DEFAULT_SQL_VERSION

PAGE = (ROOT / "docs" / "events.md").read_text()
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)
VERSIONS = re.findall(r", (20\d\d-\d\d-\d\d)[^`]*?```sql", PAGE)
SHADOW = next(text for kind, text in BLOCKS if kind == "json")
SHOWN = [
    (sql, version, event)
    for version, ((_, sql), (_, event)) in zip(
        VERSIONS, [pair for pair in pairwise(BLOCKS) if pair[0][0] == "sql"], strict=True
    )
]
NOW_MS = 1_795_363_200_123


def test_four_rules_are_shown_and_the_first_is_the_default() -> None:
    assert len(SHOWN) == 4
    assert (" ".join(SHOWN[0][0].split()), SHOWN[0][1]) == (DEFAULT_SQL, DEFAULT_SQL_VERSION)


@pytest.mark.parametrize(("sql", "version", "event"), SHOWN)
def test_each_makes_of_the_shadow_what_the_page_says(sql: str, version: str, event: str) -> None:
    rule = Rule.parse(sql, version, offline=True)
    kind = kind_for(rule.topic_filter)
    message = rebuild(kind, Message.parse(SHADOW.encode(), version).value, published_at=NOW_MS // 1000)
    assert message

    made = rule.evaluate(Message(message), topic(kind, "door-17", "lock"), Context(now_ms=NOW_MS))

    assert to_json(made) == re.sub(r'\s+(?=([^"]*"[^"]*")*[^"]*$)', "", event)
