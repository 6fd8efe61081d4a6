"""By the sections of https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html"""

import pytest

from iot_sql import NeedsAws, Rule
from iot_sql.functions import find
from iot_sql.values import Version

CALLS = {
    "aws_lambda": "aws_lambda('arn:aws:lambda:us-east-1:1:function:f', {'a': 1})",
    "get_dynamodb": "get_dynamodb('table', 'id', 'key', 'role')",
    "get_registry_data": "get_registry_data('DescribeThing', 'thing', 'role')",
    "get_secret": "get_secret('id', 'SecretString', 'key', 'role')",
    "get_thing_shadow": "get_thing_shadow('thing', 'shadow', 'role')",
    "machinelearning_predict": "machinelearning_predict('model', 'role', {'a': 1})",
}


@pytest.mark.parametrize("name", CALLS)
def test_a_function_that_asks_aws_says_so_when_it_is_called(name: str) -> None:
    rule = Rule.parse(f"SELECT {CALLS[name]} AS a FROM 'a/b'")
    with pytest.raises(NeedsAws, match=name) as refusal:
        rule.evaluate({}, "a/b")
    assert refusal.value.function == name


@pytest.mark.parametrize("name", CALLS)
def test_or_already_when_the_statement_is_parsed_to_be_evaluated_without_aws(name: str) -> None:
    with pytest.raises(NeedsAws) as refusal:
        Rule.parse(f"SELECT {CALLS[name]} AS a FROM 'a/b'", offline=True)
    assert (refusal.value.function, refusal.value.line, refusal.value.column) == (name, 1, 8)


@pytest.mark.parametrize("name", ["get_dynamodb", "get_registry_data", "get_thing_shadow"])
def test_version_2016_has_it_first(name: str) -> None:
    found = find(name)
    assert found
    assert found.since is Version.V2016
