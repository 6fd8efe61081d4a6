"""GetTopicRule, as moto's server answers it."""

import json
from typing import Any

import boto3
import pytest

from tests.worker.canned import canned
from worker.aws import Aws
from worker.failures import NotFoundError
from worker.rule import rule_in_force
from worker.settings import Settings, SettingsError

SQL = "SELECT * FROM '$aws/things/+/shadow/name/+/update/documents'"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:shadow_to_eventbridge"
TO_THE_FUNCTION = {"lambda": {"functionArn": FUNCTION}}
TO_A_TOPIC = {"republish": {"roleArn": "arn:aws:iam::123456789012:role/r", "topic": "elsewhere"}}


@pytest.fixture
def aws(moto: str, settings: Settings) -> Aws:
    return Aws(settings)


def create(**more: Any) -> None:
    payload: Any = {"sql": SQL, "actions": [TO_THE_FUNCTION], **more}
    boto3.client("iot").create_topic_rule(ruleName="shadows", topicRulePayload=payload)


@pytest.mark.parametrize("version", ["2015-10-08", "2016-03-23"])
def test_a_rule_is_read_with_its_version(aws: Aws, version: str) -> None:
    create(awsIotSqlVersion=version)

    rule = aws.topic_rule("shadows")

    assert (rule.sql, rule.version, rule.disabled) == (SQL, version, False)
    assert rule.arn.startswith("arn:aws:iot:us-east-1:")
    assert rule.arn.endswith(":rule/shadows")


def test_a_rule_that_names_no_version_has_none(moto: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    # moto fills in a version of its own choice.
    answer = {"ruleArn": "arn:aws:iot:us-east-1:123456789012:rule/shadows", "rule": {"sql": SQL, "actions": []}}
    with canned(200, json.dumps(answer).encode(), headers={"Content-Type": "application/json"}) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_IOT", server.url)
        rule = Aws(settings).topic_rule("shadows")

    assert (rule.version, rule.disabled) == (None, False)


def test_a_disabled_rule_says_so(aws: Aws) -> None:
    create(ruleDisabled=True)

    assert aws.topic_rule("shadows").disabled


def test_the_functions_of_its_lambda_actions_are_known_and_other_actions_passed_over(aws: Aws) -> None:
    other = {"lambda": {"functionArn": f"{FUNCTION}_too"}}
    create(actions=[TO_THE_FUNCTION, TO_A_TOPIC, other])

    assert aws.topic_rule("shadows").functions == (FUNCTION, f"{FUNCTION}_too")


def test_a_rule_without_a_lambda_action_names_no_function(aws: Aws) -> None:
    create(actions=[TO_A_TOPIC])

    assert aws.topic_rule("shadows").functions == ()


def test_a_rule_that_does_not_exist_is_not_found(aws: Aws) -> None:
    with pytest.raises(NotFoundError):
        aws.topic_rule("shadows")


def test_a_rule_that_does_not_exist_stops_the_start_with_its_name(aws: Aws, settings: Settings) -> None:
    with pytest.raises(SettingsError, match="SHADOW_SYNC_TOPIC_RULE: the rule shadows cannot be read: ResourceNotFou"):
        rule_in_force(settings.model_copy(update={"topic_rule": "shadows"}), aws.topic_rule)


def test_the_live_rule_is_the_one_in_force(aws: Aws, settings: Settings) -> None:
    create(awsIotSqlVersion="2016-03-23")

    rule = rule_in_force(settings.model_copy(update={"topic_rule": "shadows"}), aws.topic_rule)

    assert (rule.sql.sql, rule.sql.version, rule.source) == (SQL, "2016-03-23", "topic rule shadows")
    assert rule.account_id
