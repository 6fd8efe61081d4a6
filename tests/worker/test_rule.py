"""Where the rule in force comes from, and what stops a worker's start."""

import pytest
from structlog.testing import capture_logs

from worker.aws import LiveRule
from worker.failures import PermanentError
from worker.messages import MessageKind
from worker.rule import DEFAULT_SQL, TopicRule, rule_in_force
from worker.rule_report import RuleReport
from worker.settings import Settings, SettingsError, load

DOCUMENTS = "$aws/things/+/shadow/name/+/update/documents"
ARN = "arn:aws:iot:eu-west-1:123456789012:rule/shadows"
FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:shadow_to_eventbridge"


def nothing_live(name: str) -> LiveRule:
    raise AssertionError(name)


def live(sql: str = f"SELECT * FROM '{DOCUMENTS}'", *, version: str | None = None, **more: object) -> LiveRule:
    known = {"arn": ARN, "sql": sql, "version": version, "disabled": False, "functions": (FUNCTION,), **more}
    return LiveRule(**known)  # type: ignore[arg-type]


def of_live(rule: LiveRule, **settings: object) -> TopicRule:
    return rule_in_force(Settings(topic_rule="shadows", **settings), lambda _: rule)  # type: ignore[arg-type]


def test_the_default_rule_keeps_numbers_as_they_are_written() -> None:
    rule = rule_in_force(Settings(), nothing_live)

    assert (rule.sql.sql, rule.sql.version, rule.kind) == (DEFAULT_SQL, "2015-10-08", MessageKind.DOCUMENTS)
    assert rule.source == "default"


def test_the_rule_of_the_settings_has_the_newer_version_if_none_is_said() -> None:
    sql = f"SELECT [topic(3)] AS things FROM '{DOCUMENTS}'"
    rule = rule_in_force(Settings(rule_sql=sql), nothing_live)

    assert (rule.sql.sql, rule.sql.version, rule.source) == (sql, "2016-03-23", "SHADOW_SYNC_RULE_SQL")
    with pytest.raises(SettingsError, match="an array literal needs SQL version 2016-03-23"):
        rule_in_force(Settings(rule_sql=sql, rule_sql_version="2015-10-08"), nothing_live)


def test_the_account_is_known_from_the_functions_arn() -> None:
    assert rule_in_force(Settings(lambda_function=FUNCTION), nothing_live).account_id == "123456789012"
    assert rule_in_force(Settings(), nothing_live).account_id is None


def test_a_live_rule_brings_its_sql_version_and_account() -> None:
    rule = of_live(live(version="2016-03-23"))

    assert (rule.sql.version, rule.account_id, rule.source) == ("2016-03-23", "123456789012", "topic rule shadows")


def test_a_live_rule_that_names_no_version_has_awss_default() -> None:
    assert of_live(live()).sql.version == "2015-10-08"


@pytest.mark.parametrize(
    "function",
    [
        "shadow_to_eventbridge",
        "shadow_to_eventbridge:live",
        "123456789012:function:shadow_to_eventbridge",
        FUNCTION,
        f"{FUNCTION}:live",
    ],
)
def test_a_live_rule_that_invokes_the_same_function_needs_no_warning(function: str) -> None:
    with capture_logs() as lines:
        of_live(live(), lambda_function=function)

    assert [line["log_level"] for line in lines] == ["info"]


@pytest.mark.parametrize("functions", [(), ("arn:aws:lambda:eu-west-1:123456789012:function:other",)])
def test_a_live_rule_that_invokes_another_function_is_warned_of(functions: tuple[str, ...]) -> None:
    with capture_logs() as lines:
        of_live(live(functions=functions))

    [warning] = [line for line in lines if line["log_level"] == "warning"]
    assert "do not name the function" in warning["event"]
    assert (warning["actions"], warning["invoked"]) == (list(functions), "shadow_to_eventbridge")


def test_a_live_rule_that_is_disabled_is_warned_of() -> None:
    with capture_logs() as lines:
        of_live(live(disabled=True))

    assert any("disabled" in line["event"] for line in lines if line["log_level"] == "warning")


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT FROM", "RULE_SQL: Unexpected 'FROM' at line 1"),
        (f"SELECT get_thing_shadow('a', 'b') AS s FROM '{DOCUMENTS}'", "asks another AWS service"),
        ("SELECT * FROM '$aws/things/+/shadow/update/documents'", "classic shadow"),
        ("SELECT *", "has no FROM"),
    ],
)
def test_a_rule_that_cannot_be_evaluated_stops_the_start_with_the_reason(sql: str, reason: str) -> None:
    with pytest.raises(SettingsError, match=reason):
        rule_in_force(Settings(rule_sql=sql), nothing_live)
    with pytest.raises(SettingsError, match=reason.removeprefix("RULE_SQL: ")):
        of_live(live(sql, version="2016-03-23"))


def test_a_live_rule_that_cannot_be_read_stops_the_start_with_the_reason() -> None:
    def missing(name: str) -> LiveRule:
        raise PermanentError(f"GetTopicRule: no rule {name}")

    with pytest.raises(
        SettingsError, match="TOPIC_RULE: the rule shadows cannot be read: GetTopicRule: no rule shadows"
    ):
        rule_in_force(Settings(topic_rule="shadows"), missing)


def test_a_live_rule_that_may_not_be_read_may_just_not_exist() -> None:
    def denied(name: str) -> LiveRule:
        raise PermanentError(f"UnauthorizedException: Access to topic rule '{name}' was denied", refused=True)

    with pytest.raises(SettingsError, match=r"was denied; is there such a rule, and is iot:GetTopicRule allowed\?"):
        rule_in_force(Settings(topic_rule="shadows"), denied)


def test_two_sources_of_the_rule_stop_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHADOW_SYNC_TOPIC_RULE", "shadows")
    monkeypatch.setenv("SHADOW_SYNC_RULE_SQL", DEFAULT_SQL)

    with pytest.raises(SettingsError, match="unset SHADOW_SYNC_RULE_SQL"):
        load(Settings)


def test_a_report_says_which_rule_is_in_force() -> None:
    report = of_live(live(version="2016-03-23")).report()

    assert report == RuleReport(
        sql=f"SELECT * FROM '{DOCUMENTS}'", version="2016-03-23", topic_filter=DOCUMENTS, source="topic rule shadows"
    )
