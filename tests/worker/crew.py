"""Workers without Celery on jobs of many Things: what is woken is done, one at a time, in the order of the queue."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from redis import Redis

from tests.waiting import until
from tests.worker.by_hand import ADMIN
from tests.worker.fakes import sync_of
from worker.aws import Aws
from worker.job import Job, Work
from worker.job_request import JobOptions, Lane, NewJob, Selection, SelectionKind
from worker.jobs import JobStore, new_job_id
from worker.results import Result, Results
from worker.settings import Settings
from worker.wake_ups import WakeUps


class Queue(WakeUps):
    """What has been woken and not been done, by lane."""

    def __init__(self, redis: "Redis") -> None:
        super().__init__(redis)
        self.works: dict[Lane, deque[Work]] = {lane: deque() for lane in Lane}
        self.longest = 0

    def send(self, works: Sequence[Work], lane: Lane) -> None:
        self.works[lane].extend(works)
        self.longest = max(self.longest, len(self.works[lane]))


class Crew:
    def __init__(self, settings: Settings, redis: "Redis", aws: Aws) -> None:
        self.store, self.results, self.queue = JobStore(redis, settings), Results(redis), Queue(redis)
        self.sync = sync_of(settings, self.store, self.queue, lambda: aws)

    def start(
        self, kind: SelectionKind, value: str = "", *, recursive: bool = False, lane: Lane = Lane.BULK, **options: Any
    ) -> str:
        """A job whose Things are to be found. What is no option of a job's is a part of the job."""
        return self._create(Selection(kind, value, recursive), new_job_id(), lane, options)

    def start_with(self, names: Sequence[str], **options: Any) -> str:
        job_id = new_job_id()
        self.store.stage(job_id, names)
        return self._create(Selection(SelectionKind.THINGS, str(len(names))), job_id, Lane.BULK, options)

    def _create(self, selection: Selection, job_id: str, lane: Lane, options: dict[str, Any]) -> str:
        parts = {name: options.pop(name) for name in ("confirm_above", "comment") if name in options}
        job = NewJob(selection=selection, requester=ADMIN, options=JobOptions(**options), lane=lane, **parts)
        first_id, created = self.store.create(job, job_id=job_id)
        if created and selection.is_to_be_found:
            self.queue.send([Work(job_id)], lane)
        return first_id

    def job(self, job_id: str) -> Job:
        job = self.store.read(job_id)
        assert job
        return job

    def do(self, work: Work) -> None:
        if not work.thing_name:
            self.sync.select_things(work.job_id)
        elif work.shadow_name is None:
            self.sync.sync_thing(work.job_id, work.thing_name)
        else:
            self.sync.sync_shadow(work.job_id, work.thing_name, work.shadow_name)

    def next(self) -> Work | None:
        """The next piece of work, once done; None where nothing is to be done now."""
        for _ in range(2):
            for works in self.queue.works.values():
                if works:
                    self.do(work := works.popleft())
                    return work
            self.sync.reconcile()
        return None

    def work_until(self, condition: Callable[[], bool], what: str = "what the crew works for") -> None:
        def holds() -> bool:
            while not condition():
                if self.next() is None:
                    return condition()
            return True

        until(holds, what=what)

    def finish(self, *job_ids: str) -> Job:
        """Work until all of them have ended. Returns the first."""
        for job_id in job_ids:
            self.work_until(lambda job_id=job_id: self.job(job_id).status.ended, "the job ends")  # type: ignore[misc]
        return self.job(job_ids[0])

    def rest(self) -> None:
        """Do everything that is to be done now."""
        while self.next():
            pass

    def results_of(self, job_id: str) -> list[Result]:
        return list(self.results.stream(job_id))
