"""The shapes of what a job was asked for, as they go out."""

from pydantic import Field, model_serializer

from api.answers import AnswerModel
from worker.job_request import JobOptions, Selection, SelectionKind, Tolerance


class ShadowGlobsAnswer(AnswerModel):
    include: list[str]
    exclude: list[str]


class ToleranceAnswer(AnswerModel):
    failed_percent: float
    minimum: int

    @classmethod
    def of(cls, tolerance: Tolerance) -> "ToleranceAnswer":
        return cls(failed_percent=tolerance.failed_percent, minimum=tolerance.minimum)


class Options(AnswerModel):
    ignore_where: bool
    verify: bool
    only_drifted: bool
    dry_run: bool
    shadows: ShadowGlobsAnswer
    max_shadows_per_second: float | None
    tolerance: ToleranceAnswer | None

    @classmethod
    def of(cls, options: JobOptions) -> "Options":
        return cls(
            ignore_where=options.ignore_where,
            verify=options.verify,
            only_drifted=options.only_drifted,
            dry_run=options.dry_run,
            shadows=ShadowGlobsAnswer(include=list(options.include), exclude=list(options.exclude)),
            max_shadows_per_second=options.max_per_second,
            tolerance=ToleranceAnswer.of(options.tolerance) if options.tolerance else None,
        )


class SelectionAnswer(AnswerModel):
    """Which Things the job is about: one of these members, and with a group whether its child groups are meant too."""

    thing_name: str | None = None
    things: int | None = Field(default=None, description="So many names that came with the request.")
    upload: str | None = Field(default=None, description="The media type of the file of names.")
    thing_group: str | None = None
    recursive: bool | None = None
    query: str | None = None
    all: bool | None = None
    retry_of: str | None = None

    @model_serializer(mode="plain")
    def _only_what_is_set(self) -> dict[str, str | int | bool]:
        fields = type(self).model_fields
        told = ((one.alias or name, getattr(self, name)) for name, one in fields.items())
        return {name: value for name, value in told if value is not None}

    @classmethod
    def of(cls, selection: Selection, things: int) -> "SelectionAnswer":
        value = selection.value
        match selection.kind:
            case SelectionKind.THING:
                return cls(thing_name=value)
            case SelectionKind.THINGS:
                return cls(things=things)
            case SelectionKind.UPLOAD:
                return cls(upload=value)
            case SelectionKind.GROUP:
                return cls(thing_group=value, recursive=selection.recursive)
            case SelectionKind.QUERY:
                return cls(query=value)
            case SelectionKind.RETRY:
                return cls(retry_of=value)
            case SelectionKind.ALL:
                return cls(all=True)
