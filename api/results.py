"""The route of a job's results: a page, or all of them in a stream."""

import base64
import binascii
import csv
import io
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from flask import request
from flask.wrappers import Response
from flask_openapi3.blueprint import APIBlueprint

from api.bulk_inputs import ResultsQuery
from api.errors import BadRequest
from api.inputs import JobPath
from api.jobs import JOB_PATH
from api.openapi import RESULTS_RESPONSES
from api.respond import found
from api.result_answers import ResultPage, ResultRow
from api.syncs import Syncs
from worker.job import Job
from worker.results import Result, ResultFilters, ResultPlace, Results, ResultsExpiredError

_JSON, _NDJSON, _CSV = "application/json", "application/x-ndjson", "text/csv"
_PLACE = re.compile(r"([0-9a-f]{32}):([0-9]{1,12}):([0-9]{1,12})")


def add_results_route(routes: APIBlueprint, syncs: Syncs, results: Results) -> None:
    @routes.get(
        f"{JOB_PATH}/results", operation_id="getResults", summary="What came of a job", responses=RESULTS_RESPONSES
    )
    def get_results(path: JobPath, query: ResultsQuery) -> Response:
        """Shadow by shadow, Thing by Thing as they ended. With filters a page can be short, or empty, and not be the
        last: `nextCursor` says. `Accept: application/x-ndjson` or `text/csv` streams all of them at once.
        """
        job = found(syncs.look(path.job_id, wait=None))
        if _may_have_expired(job) and not results.exist(job.job_id):
            raise ResultsExpiredError
        filters = ResultFilters(
            status=query.status,
            thing_name=query.thing_name,
            error_class=query.error_class,
            failed=query.failed,
            classes=frozenset(one.name for one in job.error_classes),
        )
        kind = request.accept_mimetypes.best_match([_JSON, _NDJSON, _CSV], _JSON)
        if kind == _JSON:
            place = _place(job.job_id, query.cursor)
            rows, following = results.page(job.job_id, filters, limit=query.limit, after=place)
            page = ResultPage(results=list(map(ResultRow.of, rows)), next_cursor=_cursor(job.job_id, following))
            return Response(page.model_dump_json(by_alias=True), mimetype=_JSON)
        for paging in ("limit", "cursor"):
            if paging in query.model_fields_set:
                raise BadRequest((paging, "means nothing where all results are streamed: a stream has no pages"))
        stream = results.stream(job.job_id, filters)
        return Response(_lines(stream) if kind == _NDJSON else _csv(stream), mimetype=kind)


def _may_have_expired(job: Job) -> bool:
    """Where there are none: of a job that was cancelled before anything began there never were."""
    ended_things = job.things["succeeded"] + job.things["failed"]
    is_over = job.results_until is not None and job.results_until <= datetime.now(UTC)
    return job.status.ended and (ended_things > 0 or is_over)


def _lines(rows: Iterable[Result]) -> Iterator[str]:
    for row in rows:
        yield ResultRow.of(row).model_dump_json(by_alias=True) + "\n"


def _csv(rows: Iterable[Result]) -> Iterator[str]:
    yield _csv_line([field.alias or name for name, field in ResultRow.model_fields.items()])
    for row in rows:
        yield _csv_line(ResultRow.of(row).model_dump(mode="json").values())


def _csv_line(cells: Iterable[object]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(map(_cell, cells))
    return line.getvalue()


def _cell(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else "" if value is None else value


def _cursor(job_id: str, place: ResultPlace | None) -> str | None:
    """Opaque, so that nobody builds on what is in it."""
    if place is None:
        return None
    return base64.urlsafe_b64encode(f"{job_id}:{place.thing}:{place.row}".encode()).decode().rstrip("=")


def _place(job_id: str, cursor: str | None) -> ResultPlace:
    if cursor is None:
        return ResultPlace()
    try:
        read = _PLACE.fullmatch(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode())
    except (binascii.Error, ValueError):
        read = None
    if read is None or read[1] != job_id:
        raise BadRequest(("cursor", "must be the nextCursor of an earlier page of this job's results"))
    return ResultPlace(int(read[2]), int(read[3]))
