"""What a job is asked for: by whom, of which Things, and how. Plain data, no Redis."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any


class Lane(StrEnum):
    """Each has a queue, workers and a due set of its own, so that neither waits behind the other."""

    INTERACTIVE = "interactive"  # one Thing, and somebody waits for it
    BULK = "bulk"  # many Things


@dataclass(frozen=True, kw_only=True, slots=True)
class Requester:
    """Who asked: the token's e-mail address and the label of the API key."""

    email: str
    api_key: str


class SelectionKind(StrEnum):
    THING = "thing"  # the one Thing named in the value
    THINGS = "things"  # a list that came with the request; the value is the number of its names
    UPLOAD = "upload"  # a file of names; the value is its media type
    GROUP = "group"  # a thing group's Things
    QUERY = "query"  # what fleet indexing finds
    ALL = "all"  # every Thing of the account's region
    RETRY = "retry"  # what failed, or did not land, of the job whose id is the value


@dataclass(frozen=True, slots=True)
class Selection:
    """Which Things a job is about. ``recursive``: of a group, the Things of its child groups too."""

    kind: SelectionKind
    value: str = ""
    recursive: bool = False

    @property
    def names_things(self) -> bool:
        """Whether the requester named each Thing: one without named shadows is then a name that is wrong, perhaps. Of
        those that are found in AWS it is no failure.
        """
        return self.kind not in (SelectionKind.GROUP, SelectionKind.QUERY, SelectionKind.ALL)

    @property
    def is_to_be_found(self) -> bool:
        """Whether a worker has to find out which Things these are."""
        return self.kind not in (SelectionKind.THING, SelectionKind.THINGS, SelectionKind.UPLOAD)

    def write(self) -> str:
        return json.dumps([self.kind, self.value, self.recursive])

    @classmethod
    def read(cls, text: str) -> "Selection":
        kind, value, recursive = json.loads(text)
        return cls(SelectionKind(kind), value, recursive)


@dataclass(frozen=True, slots=True)
class Tolerance:
    """When a job is aborted: once ``minimum`` shadows have ended, and more than ``failed_percent`` of them badly."""

    failed_percent: float
    minimum: int = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class JobOptions:
    """What a job was asked for.

    ``ignore_where``: the rule's WHERE need not hold. ``verify``: wait for the rows of what was delivered.
    ``only_drifted``: skip what has its version in its row already. ``compare``: deliver nothing, only compare the
    shadows with their rows. ``dry_run``: Lambda checks each call, and runs nothing. ``include`` and ``exclude``: globs
    on shadow names; nothing included is everything. ``max_per_second``: shadows, at most, over all workers.
    ``unknown``: the names of what a later release has written, and this one cannot do.
    """

    ignore_where: bool = False
    verify: bool = False
    only_drifted: bool = False
    compare: bool = False
    dry_run: bool = False
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    max_per_second: float | None = None
    tolerance: Tolerance | None = None
    unknown: tuple[str, ...] = ()

    @property
    def needs_rows(self) -> bool:
        """Whether the rows are to be known before a shadow is read."""
        return self.only_drifted or self.compare

    def wants(self, shadow_name: str) -> bool:
        """Whether the globs take the shadow."""
        included = not self.include or any(fnmatchcase(shadow_name, glob) for glob in self.include)
        return included and not any(fnmatchcase(shadow_name, glob) for glob in self.exclude)

    def write(self) -> str:
        """As a job's hash has them: JSON of those that are not as usual, and mostly nothing."""
        told = {one.name: getattr(self, one.name) for one in fields(self)}
        unusual = {name: value for name, value in told.items() if value != getattr(NO_OPTIONS, name)}
        return json.dumps(unusual, default=asdict) if unusual else ""

    @staticmethod
    @lru_cache(maxsize=1000)
    def read(text: str) -> "JobOptions":
        if not text:
            return NO_OPTIONS
        told: dict[str, Any] = json.loads(text)
        unknown = _unknown(told, JobOptions)
        for name in told.keys() & {"include", "exclude"}:
            told[name] = tuple(told[name])
        if "tolerance" in told:
            unknown += _unknown(told["tolerance"], Tolerance)
            told["tolerance"] = Tolerance(**told["tolerance"])
        return JobOptions(**told, unknown=unknown)


def _unknown(told: dict[str, Any], record: type) -> tuple[str, ...]:
    """Takes out of *told* what *record* has no place for, and names it."""
    known = {one.name for one in fields(record)} - {"unknown"}
    names = tuple(sorted(told.keys() - known))
    for name in names:
        del told[name]
    return names


NO_OPTIONS = JobOptions()


@dataclass(frozen=True, kw_only=True, slots=True)
class NewJob:
    """A job as it is asked for. ``duplicates`` and ``invalid``: names that were left out. ``confirm_above``: with more
    Things than that it waits for a confirmation; None: it does not. ``may_be_empty``: a Thing without named shadows is
    no failure, as it is none where AWS was asked for the Things.
    """

    selection: Selection
    requester: Requester
    options: JobOptions = NO_OPTIONS
    lane: Lane = Lane.BULK
    comment: str = ""
    duplicates: int = 0
    invalid: int = 0
    confirm_above: int | None = None
    may_be_empty: bool = False

    def write(self) -> Mapping[str, str]:
        """The fields of its hash."""
        limits = self.options.tolerance
        optional = {
            "confirmAbove": self.confirm_above,
            "maxRate": self.options.max_per_second,
            "failedPercent": limits and f"{limits.failed_percent:g}",
            "failedMinimum": limits and limits.minimum,
            "mayBeEmpty": 1 if self.may_be_empty or not self.selection.names_things else None,
            "comment": self.comment or None,
            "duplicates": self.duplicates or None,
            "invalid": self.invalid or None,
        }
        return {
            "lane": self.lane,
            "email": self.requester.email,
            "label": self.requester.api_key,
            "options": self.options.write(),
            "selection": self.selection.write(),
            **{name: str(value) for name, value in optional.items() if value is not None},
        }


def one_thing(thing_name: str, requester: Requester, options: JobOptions = NO_OPTIONS) -> NewJob:
    """A job of one Thing, for which somebody waits."""
    selection = Selection(SelectionKind.THING, thing_name)
    return NewJob(selection=selection, requester=requester, options=options, lane=Lane.INTERACTIVE)
