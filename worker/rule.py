"""The topic rule in force: where its SQL comes from, and whether a sync can do what it says."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from iot_sql import Rule, SqlError
from worker.aws import LiveRule
from worker.failures import Failure, RetryableError
from worker.messages import MessageKind, TopicError, kind_for
from worker.rule_report import RuleReport
from worker.settings import PREFIX, Settings, SettingsError

_PAUSES_SECONDS = (1.0, 2.0)
_log = structlog.get_logger(__name__)

DEFAULT_SQL = (
    "SELECT current.state.reported AS reported, current.state.desired AS desired, current.metadata AS metadata, "
    "current.version AS version, topic(3) AS thingName, topic(6) AS shadowName, timestamp AS timestamp "
    "FROM '$aws/things/+/shadow/name/+/update/documents'"
)
DEFAULT_SQL_VERSION = "2015-10-08"
"""Of the default rule, so that 1.0 stays 1.0."""

SQL_VERSION = "2016-03-23"
"""Of SHADOW_SYNC_RULE_SQL where nothing else is said."""

AWS_SQL_VERSION = "2015-10-08"
"""Of a live rule that names none. https://docs.aws.amazon.com/iot/latest/apireference/API_TopicRulePayload.html"""


@dataclass(frozen=True, kw_only=True, slots=True)
class TopicRule:
    """What shapes every event. ``source`` says where the SQL was read; ``account_id`` is what ``accountid()`` tells."""

    sql: Rule
    kind: MessageKind
    source: str
    account_id: str | None = None
    accepted_sections: tuple[str, ...] = ("reported",)

    def report(self) -> RuleReport:
        """What the API may tell of it."""
        return RuleReport(
            sql=self.sql.sql,
            version=self.sql.version,
            topic_filter=self.sql.topic_filter or "",
            source=self.source,
        )


def rule_in_force(settings: Settings, live_rule: Callable[[str], LiveRule]) -> TopicRule:
    """The rule of the settings, or the one that they name, read with *live_rule*.

    Raises:
        SettingsError: it cannot be read, or no sync can do what it says. The text says why.
    """
    if settings.topic_rule is None:
        return _of_the_settings(settings)
    live = _read(settings.topic_rule, live_rule)
    rule = _checked(
        live.sql,
        live.version or AWS_SQL_VERSION,
        settings,
        variable="TOPIC_RULE",
        source=f"topic rule {settings.topic_rule}",
        account_id=_account(live.arn),
    )
    if live.disabled:
        _log.warning("the topic rule is disabled: AWS IoT does not fire it, a sync does", rule=settings.topic_rule)
    if not any(_same_function(one, settings.lambda_function) for one in live.functions):
        _log.warning(
            "the topic rule's actions do not name the function that is invoked",
            rule=settings.topic_rule,
            actions=list(live.functions),
            invoked=settings.lambda_function,
        )
    return rule


def _read(name: str, live_rule: Callable[[str], LiveRule]) -> LiveRule:
    for pause in _PAUSES_SECONDS:
        try:
            return live_rule(name)
        except RetryableError as failure:
            _log.warning("the topic rule cannot be read yet", rule=name, error=str(failure))
            time.sleep(pause)
        except Failure:
            break
    try:
        return live_rule(name)
    except Failure as failure:
        raise _cannot_start("TOPIC_RULE", unreadable(name, failure)) from None


def unreadable(name: str, failure: Failure) -> str:
    """What to say where *failure* kept the live rule of that name from being read."""
    # AWS denies the access to a rule that does not exist.
    hint = "; is there such a rule, and is iot:GetTopicRule allowed?" if failure.refused else ""
    return f"the rule {name} cannot be read: {failure}{hint}"


def _of_the_settings(settings: Settings) -> TopicRule:
    if settings.rule_sql is None:
        sql, version, source = DEFAULT_SQL, settings.rule_sql_version or DEFAULT_SQL_VERSION, "default"
    else:
        sql, version, source = settings.rule_sql, settings.rule_sql_version or SQL_VERSION, f"{PREFIX}RULE_SQL"
    account_id = _account(settings.lambda_function)
    return _checked(sql, version, settings, variable="RULE_SQL", source=source, account_id=account_id)


def _checked(
    sql: str, version: str, settings: Settings, *, variable: str, source: str, account_id: str | None
) -> TopicRule:
    try:
        rule = Rule.parse(sql, version, offline=True)
        kind = kind_for(rule.topic_filter)
    except (SqlError, TopicError) as error:
        raise _cannot_start(variable, str(error)) from None
    _log.info("rule in force", source=source, sql=sql, version=version, message=kind.value)
    return TopicRule(
        sql=rule, kind=kind, source=source, account_id=account_id, accepted_sections=settings.accepted_sections
    )


def _cannot_start(variable: str, reason: str) -> SettingsError:
    return SettingsError(f"shadow-sync cannot start:\n  {PREFIX}{variable}: {reason}")


def _account(arn: str) -> str | None:
    """Of ``arn:partition:service:region:account:...``."""
    parts = arn.split(":")
    return parts[4] if parts[0] == "arn" and len(parts) > 5 and parts[4] else None


def _same_function(one: str, other: str) -> bool:
    """Names, partial ARNs and ARNs, with or without a version or alias."""
    return _function_name(one) == _function_name(other)


def _function_name(function: str) -> str:
    parts = function.split(":")
    return parts[parts.index("function") + 1] if "function" in parts[:-1] else parts[0]
