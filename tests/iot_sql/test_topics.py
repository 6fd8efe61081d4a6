"""By https://docs.aws.amazon.com/iot/latest/developerguide/topics.html"""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iot_sql.topics import check_filter, matches, without_basic_ingest

LEVELS = st.text(st.characters(blacklist_characters="/+#\0", blacklist_categories=["Cs"]), max_size=5)
TOPICS = st.lists(LEVELS, min_size=1, max_size=8).map("/".join).filter(bool)


@pytest.mark.parametrize(
    ("topic_filter", "topic", "expected"),
    [
        ("a/b", "a/b", True),
        ("a/b", "a/B", False),
        ("a/b", "a/b/", False),
        ("a/+", "a/b", True),
        ("a/+", "a/", True),
        ("a/+", "a", False),
        ("a/+", "a/b/c", False),
        ("+/+", "/", True),
        ("a/+/c", "a/b/c", True),
        ("a/#", "a/b/c", True),
        ("a/#", "a/", True),
        ("a/#", "a", False),
        ("a/#", "b", False),
        ("a/+/#", "a", False),
        ("#", "a/b", True),
        ("#", "$aws/things/t/shadow/get", False),
        ("+/things/#", "$aws/things/t/shadow/get", False),
        ("$aws/things/+/shadow/#", "$aws/things/t/shadow/name/n/update/documents", True),
        ("$aws/#", "$aws/things/t", True),
    ],
)
def test_a_filter_matches_by_the_rules_of_mqtt(topic_filter: str, topic: str, expected: bool) -> None:
    assert matches(topic_filter, topic) is expected


@settings(deadline=timedelta(seconds=5))
@given(TOPICS, st.data())
def test_a_level_may_be_a_plus_and_the_end_a_hash(topic: str, data: st.DataObject) -> None:
    levels = topic.split("/")
    first = 1 if topic.startswith("$") else 0
    single = [data.draw(st.sampled_from([level, "+"])) if n >= first else level for n, level in enumerate(levels)]
    end = data.draw(st.integers(first, len(levels) - 1))
    assert matches(topic, topic)
    assert matches("/".join(single), topic)
    assert matches("/".join([*single[:end], "#"]), topic)
    assert not matches("/".join([*single, "+"]), topic)


@settings(deadline=timedelta(seconds=5))
@given(TOPICS.filter(lambda topic: len(topic.encode()) <= 200))
def test_a_topic_is_a_legal_filter(topic: str) -> None:
    assert check_filter(topic) is None


@settings(deadline=timedelta(seconds=5))
@given(st.text(), st.text())
def test_any_text_is_checked_and_matched(topic_filter: str, topic: str) -> None:
    check_filter(topic_filter)
    matches(topic_filter, topic)


@pytest.mark.parametrize(
    "topic_filter", ["#", "+", "a/+/#", "/", "$aws/things/+/shadow/name/+/update/documents", "é" * 128]
)
def test_a_legal_filter_has_nothing_wrong(topic_filter: str) -> None:
    assert check_filter(topic_filter) is None


@pytest.mark.parametrize(
    ("topic_filter", "named"),
    [
        ("", "empty"),
        ("a/#/b", "#"),
        ("a#", "#"),
        ("a/b#", "#"),
        ("#/a", "#"),
        ("a+/b", "+"),
        ("a/+b", "+"),
        ("a\0b", "U+0000"),
        ("\ud800", "UTF-8"),
        ("é" * 128 + "a", "256 bytes"),
        ("/" * 8, "7 slashes"),
        ("$aws/rules/r/" + "/" * 8, "7 slashes"),
    ],
)
def test_what_is_wrong_with_a_filter_is_named(topic_filter: str, named: str) -> None:
    assert named in (check_filter(topic_filter) or "")


def test_the_prefix_of_basic_ingest_counts_no_slashes() -> None:
    assert check_filter("$aws/rules/r/" + "/" * 7) is None


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        ("$aws/rules/r/a/b", "a/b"),
        ("$aws/rules/r/", ""),
        ("$aws/rules/r", "$aws/rules/r"),
        ("$aws/things/t/shadow/get", "$aws/things/t/shadow/get"),
        ("a/rules/r/b", "a/rules/r/b"),
    ],
)
def test_basic_ingest_leaves_the_topic_after_the_rules_name(topic: str, expected: str) -> None:
    assert without_basic_ingest(topic) == expected
