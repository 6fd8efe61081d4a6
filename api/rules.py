"""Which topic rule shapes the events."""

from flask.wrappers import Response
from flask_openapi3.blueprint import APIBlueprint

from api.answers import RuleAnswer
from api.errors import NotFound
from api.inputs import NoQuery
from api.openapi import RULE_RESPONSES
from worker.rule_report import RuleReports

# Beside the syncs' path and not under it, where it could be the name of a Thing.
RULE_PATH = "/admin/shadow-sync-rule"


def add_rule_route(routes: APIBlueprint, reports: RuleReports) -> None:
    @routes.get(RULE_PATH, operation_id="getRule", summary="Look at the rule in force", responses=RULE_RESPONSES)
    def get_rule(query: NoQuery) -> Response:
        """Answers with the SQL that the workers shape events with, as the one that started last has told it."""
        del query
        report = reports.read()
        if report is None:
            raise NotFound("No worker has told yet which rule it uses; start one.")
        return Response(RuleAnswer.of(report).model_dump_json(by_alias=True), mimetype="application/json")
