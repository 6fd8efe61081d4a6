"""What an operator gets from deploy/template.yaml, as docs/deploy.md says to use it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.operations.deployment import ROOT
from tests.pipeline.cloudformation import allowed, properties, template
from tests.pipeline.conftest import SOURCE
from worker.rule import DEFAULT_SQL, DEFAULT_SQL_VERSION
from worker.settings import Settings

PAGE = (ROOT / "docs" / "deploy.md").read_text()
COMMANDS = "\n".join(re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL))
DEAD_LETTERS = {"GetAtt": "DeadLetters.Arn"}


def test_the_rule_on_the_bus_matches_what_the_lambda_puts_and_the_lambda_may_put_nothing_else(function: Any) -> None:
    assert properties("UpdatesToWebhook")["EventPattern"] == {
        "source": [function.SOURCE],
        "detail-type": [function.DETAIL_TYPE],
    }
    [policy] = properties("FunctionRole")["Policies"]
    [put] = [part for part in policy["PolicyDocument"]["Statement"] if part["Action"] == "events:PutEvents"]
    assert put["Resource"] == {"GetAtt": "EventBus.Arn"}
    assert put["Condition"] == {
        "StringEquals": {"events:source": function.SOURCE, "events:detail-type": function.DETAIL_TYPE}
    }


def test_the_lambda_may_besides_write_its_log_and_give_up() -> None:
    [policy] = properties("FunctionRole")["Policies"]

    assert allowed(policy["PolicyDocument"]) == {
        "events:PutEvents": {"GetAtt": "EventBus.Arn"},
        "sqs:SendMessage": DEAD_LETTERS,
        "logs:CreateLogStream": {"GetAtt": "FunctionLog.Arn"},
        "logs:PutLogEvents": {"GetAtt": "FunctionLog.Arn"},
    }


def test_the_lambda_gets_the_variables_that_it_reads() -> None:
    read = set(re.findall(r"os\.environ(?:\.get\(|\[)\"(\w+)\"", SOURCE.read_text()))

    assert properties("Function")["Environment"]["Variables"].keys() == read


def test_a_put_that_hangs_ends_before_the_function_is_killed_and_that_before_the_worker_gives_up(
    function: Any,
) -> None:
    config = function.events.meta.config
    attempts = config.retries["total_max_attempts"]
    pauses = sum(2**attempt for attempt in range(attempts - 1))
    longest = attempts * (config.connect_timeout + config.read_timeout) + pauses

    assert longest < properties("Function")["Timeout"] < Settings().lambda_timeout_seconds


def test_the_zip_of_the_page_holds_the_handler_of_the_template(tmp_path: Path) -> None:
    [line] = [line for line in COMMANDS.splitlines() if " -m zipfile " in line]
    shutil.copytree(SOURCE.parent, tmp_path / "pipeline", ignore=shutil.ignore_patterns("spacetimedb"))
    module, handler = properties("Function")["Handler"].split(".")
    (tmp_path / "dist").mkdir()
    subprocess.run([sys.executable, *line.split()[1:]], cwd=tmp_path, check=True, timeout=30)
    [zipped] = tmp_path.rglob("*.zip")

    loaded = f"import {module}; print({module}.__file__); print(callable({module}.{handler}))"
    environment = {"PYTHONPATH": str(zipped), "EVENT_BUS_NAME": "bus", "AWS_DEFAULT_REGION": "us-east-1"}
    ran = subprocess.run(
        [sys.executable, "-c", loaded], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    assert ran.stdout.splitlines() == [str(zipped / f"{module}.py"), "True"]


def test_the_page_gives_every_parameter_that_has_no_default_and_none_that_does_not_exist() -> None:
    parameters = template()["Parameters"]
    needed = {name for name, parameter in parameters.items() if "Default" not in parameter}
    deployed = COMMANDS.split("--parameter-overrides")[1].split("\n\n")[0]

    assert set(re.findall(r"\b([A-Z]\w+)=", deployed)) == needed
    assert set(re.findall(r"`([A-Z]\w+)=", PAGE)) <= parameters.keys()


def test_the_page_names_the_outputs_that_exist() -> None:
    assert set(re.findall(r"OutputKey=='(\w+)'", PAGE)) <= template()["Outputs"].keys()


def test_a_worker_may_do_what_a_sync_does_and_nothing_else() -> None:
    iot = "arn:${AWS::Partition}:iot:${AWS::Region}:${AWS::AccountId}"
    assert allowed(properties("WorkerPolicy")["PolicyDocument"]) == {
        "iot:ListNamedShadowsForThing": {"Sub": f"{iot}:thing/*"},
        "iot:GetThingShadow": {"Sub": f"{iot}:thing/*"},
        "iot:ListThings": "*",
        "iot:ListThingsInThingGroup": {"Sub": f"{iot}:thinggroup/*"},
        "iot:SearchIndex": {"Sub": f"{iot}:index/AWS_Things"},
        "iot:GetTopicRule": {"GetAtt": "TopicRule.Arn"},
        "lambda:InvokeFunction": {"GetAtt": "Function.Arn"},
    }


def test_the_policy_in_the_readme_allows_a_worker_what_the_template_does() -> None:
    [policy] = re.findall(r"```json\n(\{\"Version\".*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    # The live rule is told of beside it.
    of_the_template = allowed(properties("WorkerPolicy")["PolicyDocument"]).keys() - {"iot:GetTopicRule"}

    assert allowed(json.loads(policy)).keys() == of_the_template


def test_whoever_gives_an_update_up_puts_it_in_the_queue_that_has_an_alarm() -> None:
    [target] = properties("UpdatesToWebhook")["Targets"]

    assert properties("TopicRule")["TopicRulePayload"]["ErrorAction"]["Sqs"]["QueueUrl"] == {"Ref": "DeadLetters"}
    assert properties("FunctionRetries")["DestinationConfig"]["OnFailure"]["Destination"] == DEAD_LETTERS
    assert target["DeadLetterConfig"]["Arn"] == DEAD_LETTERS
    assert properties("DeadLettersAlarm")["Dimensions"] == [
        {"Name": "QueueName", "Value": {"GetAtt": "DeadLetters.QueueName"}}
    ]
    assert properties("DeadLetters")["SqsManagedSseEnabled"] is True


def test_an_update_is_under_way_for_no_longer_than_the_guard_of_versions_lasts() -> None:
    [target] = properties("UpdatesToWebhook")["Targets"]
    under_way = (
        properties("FunctionRetries")["MaximumEventAgeInSeconds"] + target["RetryPolicy"]["MaximumEventAgeInSeconds"]
    )

    assert under_way <= 24 * 3600


def test_the_webhooks_key_is_in_no_parameter_but_read_from_secrets_manager() -> None:
    parameters = properties("WebhookConnection")["AuthParameters"]["ApiKeyAuthParameters"]

    assert parameters["ApiKeyValue"] == {
        "Sub": "{{resolve:secretsmanager:${WebhookKeySecret}:SecretString:::${WebhookKeyVersion}}}"
    }


@pytest.mark.parametrize("url", ["http://example.com/admin/shadow-webhook", "https://", "https://a b"])
def test_a_webhook_that_is_not_an_https_url_is_refused(url: str) -> None:
    pattern = template()["Parameters"]["WebhookUrl"]["AllowedPattern"]

    assert re.fullmatch(pattern, "https://shadow-sync.example.com/admin/shadow-webhook")
    assert not re.fullmatch(pattern, url)


def test_the_topic_rule_is_the_one_that_workers_take_for_granted() -> None:
    parameters = template()["Parameters"]

    assert " ".join(parameters["TopicRuleSql"]["Default"].split()) == DEFAULT_SQL
    assert parameters["TopicRuleSqlVersion"]["Default"] == DEFAULT_SQL_VERSION
