"""Text with ``${expression}`` in it."""

import pytest

from iot_sql import Rule, render_template


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("no expression", "no expression"),
        ("$ and {} and }", "$ and {} and }"),
        ("${a}", "1"),
        ("x${a}${ b.c }y", "x12.5y"),
        ("${missing}${n}", ""),
        ("${yes}", "true"),
        ("${ {'k': '}'}.k }", "}"),
        ("${[a, 'x']}", '[1,"x"]'),
        ("${topic(2)}/republish", "u/republish"),
        ('${"\\"}"}', '"}'),
    ],
)
def test_expressions_are_replaced_by_their_values(template: str, text: str) -> None:
    message = {"a": 1, "b": {"c": 2.5}, "n": None, "yes": True}
    assert render_template(template, message, "t/u") == text


def test_a_rules_variables_can_be_used_but_not_its_aliases() -> None:
    rule = Rule.parse("SET @v = a + 1 SELECT 5 AS alias FROM 't'")
    assert rule.render_template("${@v}-${alias}", {"a": 1}) == "2-"
