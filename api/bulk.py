"""The routes that start a job of many Things: a selection, an upload of names, or what failed of an earlier job."""

from collections.abc import Callable, Iterator
from hashlib import sha256

from flask import g, request
from flask.wrappers import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic.alias_generators import to_camel

from api.body import read_json, read_options
from api.bulk_inputs import BulkOptions, BulkQuery, BulkRequest, RetryRequest
from api.errors import BadRequest, Conflict, Unprocessable
from api.inputs import JobPath, NoQuery, SyncHeaders
from api.jobs import JOB_PATH, JOBS_PATH
from api.names import UPLOAD_TYPES, media_type, uploaded_names
from api.openapi import BULK_BODY, BULK_RESPONSES, RETRY_BODY, RETRY_RESPONSES
from api.respond import found
from api.settings import ApiSettings
from api.staging import Staged, listed, stage
from api.syncs import Syncs
from api.upload import body_chunks
from worker.job_request import JobOptions, NewJob, Selection, SelectionKind
from worker.jobs import JobStore, new_job_id
from worker.results import Results

MAX_JSON_BYTES = 8 * 1024 * 1024
MAX_UPLOAD_BYTES = 100 * 1024 * 1024
Start = Callable[..., Response]
_NOTHING_STAGED = Staged(things=0, duplicates=0, invalid=0)


def add_bulk_routes(routes: APIBlueprint, orders: "BulkOrders", start: Start) -> None:
    """*start* starts a :class:`worker.job_request.NewJob`, and answers with it."""

    @routes.post(
        JOBS_PATH,
        operation_id="syncThings",
        summary="Force-sync every named shadow of many Things",
        responses=BULK_RESPONSES,
        openapi_extensions=BULK_BODY,
    )
    def sync_things(header: SyncHeaders, query: BulkQuery) -> Response:
        """The selection is JSON, or an upload of names; of an upload the options are in the query. Answers 202 with the
        job at once; with `Prefer: wait=N`, 200 if it ends in time.
        """
        job_id = new_job_id()
        kind = media_type(request.content_type or "")
        if kind in UPLOAD_TYPES:
            job, asked = orders.upload(job_id, kind, query.as_options())
        elif query.model_fields_set:
            in_query = min(map(to_camel, query.model_fields_set))
            raise BadRequest((in_query, "is for uploads; a JSON body has a member for it"))
        else:
            job, asked = orders.select(job_id, read_json(BulkRequest, MAX_JSON_BYTES, other_types=UPLOAD_TYPES))
        return start(job, header, asked, job_id=job_id)

    @routes.post(
        f"{JOB_PATH}/retry",
        operation_id="retryJob",
        summary="Try again what failed, or did not land",
        responses=RETRY_RESPONSES,
        openapi_extensions=RETRY_BODY,
    )
    def retry_job(path: JobPath, header: SyncHeaders, query: NoQuery) -> Response:
        """Starts a job of just those shadows, and answers with it; asked again, it answers with the same job."""
        del query
        asked = read_options(RetryRequest)
        return start(orders.retry(path.job_id, asked), header, asked.model_dump_json(exclude_unset=True))


class BulkOrders:
    """What is asked for, as jobs that can be started; beside each, what tells its request from another."""

    def __init__(self, syncs: Syncs, jobs: JobStore, results: Results, settings: ApiSettings) -> None:
        self._syncs, self._jobs, self._results, self._settings = syncs, jobs, results, settings

    def select(self, job_id: str, asked: BulkRequest) -> tuple[NewJob, str]:
        options, selection, staged = self._known(asked), asked.selection, _NOTHING_STAGED
        if asked.things is not None:
            names = listed(asked.things)
            staged = stage(self._jobs, job_id, names, skip_invalid=asked.skip_invalid, field="things")
            selection = Selection(SelectionKind.THINGS, str(staged.things))
        return self._new_job(selection, asked, options, staged), asked.model_dump_json(exclude_unset=True)

    def upload(self, job_id: str, kind: str, asked: BulkOptions) -> tuple[NewJob, str]:
        options, body = self._known(asked), sha256()

        def chunks() -> Iterator[bytes]:
            for chunk in body_chunks(MAX_UPLOAD_BYTES):
                body.update(chunk)
                yield chunk

        lines = uploaded_names(kind, chunks())
        staged = stage(self._jobs, job_id, lines, skip_invalid=asked.skip_invalid, field="line")
        job = self._new_job(Selection(SelectionKind.UPLOAD, kind), asked, options, staged)
        return job, " ".join([kind, body.hexdigest(), asked.model_dump_json(exclude_unset=True)])

    def retry(self, parent_id: str, asked: RetryRequest) -> NewJob:
        parent = found(self._syncs.look(parent_id, wait=None))
        if not parent.status.ended:
            raise Conflict("The job has not ended: only then it is known what is to be tried again.")
        if not parent.things["failed"] and not parent.shadow_counts["failed"]:
            raise Conflict("Nothing of this job has failed, so there is nothing to try again.")
        if not self._results.exist(parent.job_id):
            raise Conflict("The results of this job have expired, so nobody knows what is to be tried again.")
        return NewJob(
            selection=Selection(SelectionKind.RETRY, parent.job_id),
            requester=g.requester,
            options=parent.options,
            lane=parent.lane,
            may_be_empty=parent.may_be_empty,
            comment=parent.comment or "",
            confirm_above=None if asked.confirm else self._settings.confirm_above,
        )

    def _known(self, asked: BulkOptions) -> JobOptions:
        """The options, where it is known how to do them."""
        options = asked.options(verify=self._settings.verify)
        if options.dry_run and options.verify:
            raise Unprocessable("A dry run sends nothing, so there is nothing to verify: leave one of them out.")
        return refuse_unknown_rows(options, self._settings)

    def _new_job(self, selection: Selection, asked: BulkOptions, options: JobOptions, staged: Staged) -> NewJob:
        return NewJob(
            selection=selection,
            requester=g.requester,
            options=options,
            comment=asked.comment,
            duplicates=staged.duplicates,
            invalid=staged.invalid,
            confirm_above=None if asked.confirm else self._settings.confirm_above,
        )


def refuse_unknown_rows(options: JobOptions, settings: ApiSettings) -> JobOptions:
    """*options*, where they need no rows, or it is known where the rows are."""
    if (options.verify or options.needs_rows) and not settings.can_verify:
        raise Unprocessable("This service does not know where the rows are: SHADOW_SYNC_SPACETIMEDB_URL is not set.")
    return options
