"""The alert rules ask for what there is, and lead to a page that says what to do."""

import re
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry

from tests.operations.deployment import ROOT
from worker.connection import connect
from worker.figures import StoreFigures
from worker.metrics import FigureCollector
from worker.settings import Settings

GROUPS: list[dict[str, Any]] = yaml.safe_load((ROOT / "deploy" / "alerts.yml").read_text())["groups"]
RULES: list[dict[str, Any]] = [rule for group in GROUPS for rule in group["rules"]]
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text()
SELECTOR = re.compile(r"\b(shadow_sync_\w+)(?:\{([^}]*)\})?")
MATCHER = re.compile(r'(\w+)(=|!=)"(\w+)"')


@pytest.fixture
def shown(redis_url: str) -> dict[str, dict[str, set[str]]]:
    """Of an empty store: each metric that is served, with what its labels can be."""
    settings = Settings(redis_url=redis_url)
    metrics: dict[str, dict[str, set[str]]] = {}
    with connect(settings, connections=1) as redis:
        registry = CollectorRegistry()
        registry.register(FigureCollector(StoreFigures(redis, settings)))
        for family in registry.collect():
            for sample in family.samples:
                labels = metrics.setdefault(sample.name, {})
                for label, value in sample.labels.items():
                    labels.setdefault(label, set()).add(value)
    return metrics


def test_there_is_a_rule_for_each_thing_that_must_not_go_unseen() -> None:
    assert {rule["alert"].removeprefix("ShadowSync") for rule in RULES} == {
        *("Unseen", "NoWorker", "QueueAge", "WorkOverdue", "Failures", "StrangeMessages", "Throttling"),
    }


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_a_rule_asks_for_metrics_and_labels_that_are_served(
    rule: dict[str, Any], shown: dict[str, dict[str, set[str]]]
) -> None:
    selectors = SELECTOR.findall(rule["expr"])

    assert selectors
    for name, matchers in selectors:
        for label, _, value in MATCHER.findall(matchers):
            assert value in shown[name][label]
        by = re.search(r"by \((\w+)\)", rule["expr"])
        assert not by or by[1] in shown[name]
    labels = set.intersection(*(set(shown[name]) for name, _ in selectors))
    assert set(re.findall(r"\$labels\.(\w+)", str(rule["annotations"]))) <= labels


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_a_rule_says_what_it_is_about_and_leads_to_a_section_of_the_runbook(rule: dict[str, Any]) -> None:
    assert rule.keys() - {"for"} == {"alert", "expr", "labels", "annotations"}
    assert rule["labels"]["severity"] in ("critical", "warning")
    assert rule["annotations"]["summary"].endswith(".")
    page, _, section = rule["annotations"]["runbook"].partition("#")
    assert page == "docs/runbook.md"
    assert section in {slug(title) for title in re.findall(r"^## (.+)$", RUNBOOK, re.MULTILINE)}


def test_every_metric_that_the_runbook_names_is_served(shown: dict[str, dict[str, set[str]]]) -> None:
    named = set(re.findall(r"\bshadow_sync_\w+", RUNBOOK))

    assert named
    assert named <= shown.keys()


def slug(title: str) -> str:
    """As GitHub makes it out of a heading."""
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")
