"""The shapes of what comes in about jobs of many Things. They check requests, and the OpenAPI document shows them."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from api.errors import BadRequest
from api.inputs import InputModel, without_default
from worker.job import ShadowStatus
from worker.job_request import JobOptions, Selection, SelectionKind, Tolerance

Glob = Annotated[str, Field(min_length=1, max_length=128)]
Globs = Annotated[list[Glob], Field(max_length=100)]
Flag = Annotated[bool, Field(examples=[False])]
Comment = Annotated[str, Field(max_length=500)]
PerSecond = Annotated[float, Field(ge=0.01, le=100_000)]
Percent = Annotated[float, Field(ge=0, le=100)]
_MINIMUM = 20


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, strict=True)


class ShadowGlobs(_Body):
    """Which shadows of a Thing are meant, by globs on their names, in which case counts."""

    include: Globs = Field(default=[], description="None is every shadow.", examples=[["config*"]])
    exclude: Globs = Field(default=[], examples=[[]])


class ToleranceInput(_Body):
    """When the job is aborted."""

    failed_percent: Percent = Field(description="More than so many of those that have ended.", examples=[10])
    minimum: int = Field(default=_MINIMUM, ge=1, description="Not before so many have ended.", examples=[20])


class BulkOptions(_Body):
    """What is to be done with the shadows of the Things that are selected."""

    shadows: ShadowGlobs = Field(default=ShadowGlobs())
    dry_run: Flag = Field(default=False, description="Send nothing: Lambda checks the calls, and runs nothing.")
    ignore_where: Flag = Field(
        default=False, description="Send the events of those shadows too for which the rule's WHERE does not hold."
    )
    verify: Flag = Field(
        default=False,
        description="Wait until the rows are there. What holds where nothing is said is the service's configuration.",
        json_schema_extra=without_default,
    )
    only_drifted: Flag = Field(default=False, description="Skip the shadows whose rows have their version already.")
    max_shadows_per_second: PerSecond | None = Field(default=None, examples=[None])
    tolerance: ToleranceInput | None = Field(default=None, examples=[None])
    confirm: Flag = Field(default=False, description="Begin, however many Things there are.")
    skip_invalid: Flag = Field(default=False, description="Leave names out that cannot be, instead of refusing all.")
    comment: Comment = Field(default="", examples=[""])

    def options(self, *, verify: bool) -> JobOptions:
        """*verify*: whether that holds where nothing is said."""
        limits = self.tolerance
        return JobOptions(
            ignore_where=self.ignore_where,
            verify=self.verify if "verify" in self.model_fields_set else verify and not self.dry_run,
            only_drifted=self.only_drifted,
            dry_run=self.dry_run,
            include=tuple(self.shadows.include),
            exclude=tuple(self.shadows.exclude),
            max_per_second=self.max_shadows_per_second,
            tolerance=Tolerance(limits.failed_percent, limits.minimum) if limits else None,
        )


class BulkRequest(BulkOptions):
    """A selection of Things, exactly one, and what is to be done with their shadows."""

    things: Annotated[list[str], Field(min_length=1)] | None = Field(
        default=None, description="Names of Things.", examples=[["hub-0001", "hub-0002"]]
    )
    thing_group: str | None = Field(
        default=None, min_length=1, max_length=128, description="The Things of a thing group.", examples=[None]
    )
    recursive: bool | None = Field(
        default=None, description="Of a group: those of its child groups too, unless this is false.", examples=[None]
    )
    query: str | None = Field(
        default=None, min_length=1, max_length=1000, description="What fleet indexing finds.", examples=[None]
    )
    all: bool = Field(default=False, description="Every Thing.", examples=[False])

    @model_validator(mode="after")
    def _exactly_one_selection(self) -> Self:
        given = [self.things is not None, self.thing_group is not None, self.query is not None, self.all]
        if sum(given) != 1:
            raise PydanticCustomError(
                "selection", "exactly one of things, thingGroup, query and all: true says which Things are meant"
            )
        if self.recursive is not None and self.thing_group is None:
            raise PydanticCustomError("recursive", "recursive belongs to a thingGroup")
        return self

    @property
    def selection(self) -> Selection:
        if self.things is not None:
            return Selection(SelectionKind.THINGS)
        if self.thing_group is not None:
            return Selection(SelectionKind.GROUP, self.thing_group, self.recursive is not False)
        return Selection(SelectionKind.ALL) if self.all else Selection(SelectionKind.QUERY, self.query or "")


class BulkQuery(InputModel):
    """What is to be done with the Things of an upload; a JSON body says it itself."""

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel)

    include: Globs = Field(default=[], description="Globs on shadow names; none is every shadow.")
    exclude: Globs = Field(default=[])
    dry_run: bool = Field(default=False)
    ignore_where: bool = Field(default=False)
    verify: bool = Field(default=False, json_schema_extra=without_default)
    only_drifted: bool = Field(default=False)
    max_shadows_per_second: PerSecond | None = Field(default=None, json_schema_extra=without_default)
    failed_percent: Percent | None = Field(default=None, json_schema_extra=without_default)
    minimum: int | None = Field(default=None, ge=1, json_schema_extra=without_default)
    confirm: bool = Field(default=False)
    skip_invalid: bool = Field(default=False)
    comment: Comment = Field(default="")

    def as_options(self) -> BulkOptions:
        """Raises :class:`api.errors.BadRequest`: a part of a tolerance is missing."""
        if self.minimum is not None and self.failed_percent is None:
            raise BadRequest(("minimum", "belongs to a failedPercent, which is not there"))
        asked = self.model_dump(by_alias=True, exclude_unset=True)
        globs = {name: asked.pop(name) for name in ("include", "exclude") if name in asked}
        limits = {name: asked.pop(name) for name in ("failedPercent", "minimum") if name in asked}
        nested = {"shadows": globs, "tolerance": limits}
        return BulkOptions.model_validate(asked | {name: value for name, value in nested.items() if value})


class ResultsQuery(InputModel):
    """Which results are wanted."""

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel)

    status: ShadowStatus | None = Field(default=None, json_schema_extra=without_default)
    thing_name: str | None = Field(default=None, max_length=128, json_schema_extra=without_default)
    error_class: str | None = Field(default=None, max_length=128, json_schema_extra=without_default)
    failed: bool = Field(default=False, description="Only what failed, or did not land.")
    limit: int = Field(default=100, ge=1, le=1000, description="Results of a page at most.")
    cursor: str | None = Field(
        default=None,
        max_length=200,
        description="The `nextCursor` of the page before.",
        json_schema_extra=without_default,
    )


class RetryRequest(_Body):
    """What a retry may be asked for."""

    confirm: Flag = Field(default=False, description="Begin, however many Things there are.")
