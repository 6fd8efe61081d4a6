"""deploy/template.yaml as data."""

from __future__ import annotations

from functools import cache
from typing import Any

import yaml

from tests.operations.deployment import ROOT


class _Loader(yaml.SafeLoader):
    """`!Ref X` reads as {"Ref": X}, and `!GetAtt X.Arn` as {"GetAtt": "X.Arn"}."""


def _function(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.SequenceNode):
        return {suffix: loader.construct_sequence(node, deep=True)}
    if isinstance(node, yaml.MappingNode):
        return {suffix: loader.construct_mapping(node, deep=True)}
    assert isinstance(node, yaml.ScalarNode)
    return {suffix: loader.construct_scalar(node)}


_Loader.add_multi_constructor("!", _function)


@cache
def template() -> dict[str, dict[str, Any]]:
    loaded: dict[str, dict[str, Any]] = yaml.load(
        (ROOT / "deploy" / "template.yaml").read_text(),
        Loader=_Loader,  # noqa: S506
    )
    return loaded


def properties(resource: str) -> dict[str, Any]:
    found: dict[str, Any] = template()["Resources"][resource]["Properties"]
    return found


def allowed(document: dict[str, Any]) -> dict[str, Any]:
    """The resource of each action that the policy allows."""
    actions: dict[str, Any] = {}
    for statement in document["Statement"]:
        assert statement["Effect"] == "Allow"
        several = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        actions |= dict.fromkeys(several, statement["Resource"])
    return actions
