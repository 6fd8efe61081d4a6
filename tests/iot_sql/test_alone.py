"""The library by itself: what it loads, what it reads, and what a parsed rule tells."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import iot_sql
from iot_sql import NO_MATCH, UNDEFINED, Context, Rule, evaluate

PROJECT = {"api", "bench", "cli", "pipeline", "sandbox", "tests", "worker"}
READS = """
import sys, iot_sql
touched = set()
def seen(event, args):
    if event == "open" and not str(args[0]).endswith((".py", ".pyc")) or event.startswith(("socket.", "subprocess.")):
        touched.add(f"{event} {args[0]}".replace("\\\\", "/").rpartition("/")[2])
sys.addaudithook(seen)
rule = iot_sql.Rule.parse("SELECT upper(a) AS a, newuuid() AS b, parse_time('yyyy', 0) AS c, md5(a) AS d FROM 'x'")
rule.evaluate(b'{"a": "b"}', "x")
print(sorted(touched))
"""


def run(script: str) -> str:
    """What Python prints that runs *script*."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, timeout=60, check=True
    ).stdout


@pytest.mark.parametrize("module", ["iot_sql", "iot_sql.__main__"])
def test_importing_it_imports_nothing_of_the_project(module: str) -> None:
    loaded = run(f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})").split()

    assert "iot_sql" in loaded
    assert PROJECT & set(loaded) == set()


def test_parsing_reads_the_grammar_and_evaluating_reads_and_asks_nothing() -> None:
    # The other is lark's own.
    assert run(READS) == "['common.lark', 'grammar.lark']\n"


def test_a_rule_names_the_functions_it_calls_as_the_reference_spells_them() -> None:
    rule = Rule.parse(
        "SET @a = LOWER(x) SELECT upper(concat(a, b)), (SELECT VALUE Abs(n) FROM list) AS l, {'k': topic(1)} AS o "
        "FROM 'a' WHERE startswith(s, 'x') AND CASE isNull(z) WHEN true THEN ISUNDEFINED(y) END"
    )

    assert rule.functions == {
        *("lower", "upper", "concat", "abs", "topic"),
        *("startswith", "isNull", "isUndefined"),
    }
    assert Rule.parse("SELECT * FROM 'a'").functions == frozenset()


def test_a_rule_tells_its_text_version_and_topic_filter() -> None:
    rule = Rule.parse("SELECT * FROM \"a/+\" WHERE x = 'FROM b'", "2015-10-08")

    assert (rule.sql, rule.version) == ("SELECT * FROM \"a/+\" WHERE x = 'FROM b'", "2015-10-08")
    assert rule.topic_filter == "a/+"
    assert Rule.parse("SELECT *").topic_filter is None
    assert Rule.parse("SELECT *").version == "2016-03-23"


@pytest.mark.parametrize(
    ("sql", "topic", "taken"),
    [
        ("SELECT * FROM 'a/+'", "a/b", True),
        ("SELECT * FROM 'a/+'", "a/b/c", False),
        ("SELECT * FROM 'a/+'", "$aws/rules/mine/whatever", True),
        ("SELECT *", "a/b/c", True),
    ],
)
def test_a_rule_says_which_topics_it_takes(sql: str, topic: str, taken: bool) -> None:
    assert Rule.parse(sql).takes(topic) is taken
    assert (Rule.parse(sql).evaluate({}, topic) is not NO_MATCH) is taken


def test_where_can_be_ignored_but_not_from() -> None:
    rule = Rule.parse("SELECT VALUE n FROM 'a' WHERE n > 1")

    assert rule.evaluate({"n": 1}, "a") is NO_MATCH
    assert rule.evaluate({"n": 1}, "a", ignore_where=True) == 1
    assert rule.evaluate({"n": 2}, "b", ignore_where=True) is NO_MATCH


def test_all_of_a_context_is_optional_and_given_by_name() -> None:
    sql = "SELECT VALUE [clientid(), accountid(), principal(), timestamp()]"

    assert evaluate(sql, {}, context=Context(now_ms=5)) == ["n/a", 5]
    assert evaluate(sql, {}, context=Context(account_id="1", client_id="c", principal="p", now_ms=5)) == [
        *("c", "1", "p", 5)
    ]
    with pytest.raises(TypeError):
        Context("1")  # type: ignore[call-arg]


def test_undefined_is_one_thing_and_false() -> None:
    assert evaluate("SELECT VALUE missing", {}) is UNDEFINED
    assert not UNDEFINED


def test_the_readme_shows_what_happens() -> None:
    assert iot_sql.__file__
    text = Path(iot_sql.__file__).with_name("README.md").read_text()
    [example] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    known: dict[str, object] = {}
    shown = []
    for statement in ast.parse(example).body:
        if isinstance(statement, ast.Expr):
            shown.append(eval(ast.unparse(statement), known))  # noqa: S307 - of our own page
        else:
            exec(ast.unparse(statement), known)  # noqa: S102

    assert shown[1:] == [
        *(True, {"lock": "open", "thing": "door"}, 1200, "alarms/front", '{"n":12345678901234567890.5}')
    ]
