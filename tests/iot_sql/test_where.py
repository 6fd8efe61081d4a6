"""Which messages a rule takes."""

import pytest

from iot_sql import NO_MATCH, UNDEFINED, Rule, evaluate

MESSAGE = {"yes": True, "no": False, "said": "TRUE", "number": 1, "null": None, "level": 30}


@pytest.mark.parametrize(
    ("condition", "fires"),
    [
        ("yes", True),
        ("no", False),
        ("said", True),
        ("number", False),
        ("null", False),
        ("missing", False),
        ("NOT missing", False),
        ("level > 20 AND yes", True),
        ("isUndefined(missing) OR missing > 3", True),
        ("missing > 3 OR yes", False),
        ("isUndefined(level) = false", True),
        ("NOT isUndefined(level) AND NOT no", True),
        ("(CASE isUndefined(missing) WHEN true THEN false ELSE missing = 'alexa' END) = true", False),
        ("no OR no OR yes AND yes", True),
        ("yes OR yes AND no", True),
        ("NOT no = true", True),
        ("1 + 2 * 3 = 7 AND (1 + 2) * 3 = 9 AND 8 - 2 - 1 = 5 AND -level < -20", True),
    ],
)
def test_only_what_is_true_fires(condition: str, fires: bool) -> None:
    assert (evaluate(f"SELECT 1 AS x FROM 'a' WHERE {condition}", MESSAGE) is not NO_MATCH) == fires


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("yes AND missing", UNDEFINED),
        ("no AND missing", False),
        ("missing AND no", UNDEFINED),
        ("yes OR missing", True),
        ("no OR missing", UNDEFINED),
        ("number AND yes", UNDEFINED),
        ("missing = missing", UNDEFINED),
        ("missing <> 1", UNDEFINED),
        ("null = null", True),
        ("null <> null", False),
        ("null > 0", UNDEFINED),
        ("yes = 1", False),
        ("[1, true] = [1, 1]", False),
        ("{'a': 1, 'b': [2]} = {'b': [2.0], 'a': 1}", True),
        ("0.1 + 0.2 = 0.3", True),
        ("1 IN [2, 1.0]", True),
        ("'1' IN [1, null]", False),
        ("missing IN [1]", UNDEFINED),
        ("1 IN 1", UNDEFINED),
        ("[1] IN [[1]] AND NOT 1 in []", True),
        ("EXISTS (SELECT * FROM [1, 2] AS n WHERE n > 1)", True),
        ("exists(SELECT * FROM [1, 2] AS n WHERE n > 2)", False),
        ("EXISTS (SELECT * FROM missing)", False),
    ],
)
def test_logic_has_three_values(expression: str, value: object) -> None:
    assert evaluate(f"SELECT VALUE {expression}", MESSAGE) is value


def test_where_sees_no_aliases() -> None:
    assert evaluate("SELECT 1 AS made FROM 'a' WHERE made = 1", {}) is NO_MATCH


def test_where_can_be_ignored_but_not_from() -> None:
    rule = Rule.parse("SELECT 1 AS x FROM 'a' WHERE false")
    assert rule.evaluate({}, "a") is NO_MATCH
    assert rule.evaluate({}, "a", ignore_where=True) == {"x": 1}
    assert rule.evaluate({}, "b", ignore_where=True) is NO_MATCH


@pytest.mark.parametrize(
    ("topic_filter", "topic", "fires"),
    [
        ("a/+/c", "a/b/c", True),
        ("a/+/c", "a/b/d", False),
        ("a/#", "a/b/c", True),
        ("#", "$aws/things/t/shadow/update", False),
        ("a", "", True),
        ("a", "$aws/rules/my_rule/b", True),
    ],
)
def test_the_topic_must_fit_from(topic_filter: str, topic: str, fires: bool) -> None:
    assert (evaluate(f"SELECT 1 AS x FROM '{topic_filter}'", {}, topic=topic) is not NO_MATCH) == fires
