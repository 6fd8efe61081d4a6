"""Everything that can be turned on the sandbox while it runs."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

Kind = Literal["iot", "iot_control", "lambda", "events", "spacetimedb"]
"""A service, as the names of its knobs begin."""
Rate = Annotated[float, Field(ge=0, le=1)]
Milliseconds = Annotated[float, Field(ge=0, le=600_000)]
RequestsPerSecond = Annotated[float, Field(ge=0)]
DatabaseName = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
FunctionName = Annotated[str, Field(pattern=r"^[a-zA-Z0-9_-]{1,64}$")]


class Knobs(BaseModel):
    """Latencies in milliseconds, rates as a share of calls (0 to 1), throttles in requests per second.

    A throttle is a token bucket that holds one second's worth (at least one call): `null` is off, 0 lets nothing pass.
    The `*_latency_for` maps and `function_error_for` go by shadow name, so that a test need not depend on chance.
    Every service has its own of the latencies, throttles, and rates of errors and resets. Of IoT, `iot_*` is the data
    plane, and `iot_control_*` the control plane, whose calls name no shadow.

    `iot_control_index` is "ready", "building" (SearchIndex answers IndexNotReadyException) or "off" (there is none).
    `iot_control_indexed_shadows` are the named shadows in it, `null` is all. A page of the control plane looks at
    `iot_control_page_examines` Things, `null` is as many as it takes: a page may then be short or empty though others
    follow, which AWS reserves to itself.

    `events_entry_error_rate`: of the entries of PutEvents that fail, half of them by a throttle. The `delivery_*` knobs
    are EventBridge's way to the API destination; their defaults are those of AWS: 5 s for an answer, 185 retries in
    24 h, 300 a second. `delivery_drop_rate`, `_duplicate_rate` and `_reorder_rate` are shares of events that get lost,
    are delivered twice, or are overtaken by the next one.

    `spacetimedb_database` is the one database that there is.

    `access_keys` are those whose requests AWS takes, `null` is all. Signatures are not checked.

    `wait_scale` shortens AWS's own long waits: between the attempts of a delivery, until an event is too old for one
    more, and between the runs of a function that an Event invocation has started.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    iot_latency_ms: Milliseconds = 0.0
    iot_control_latency_ms: Milliseconds = 0.0
    lambda_latency_ms: Milliseconds = 0.0
    events_latency_ms: Milliseconds = 0.0
    spacetimedb_latency_ms: Milliseconds = 0.0
    iot_latency_for: dict[str, Milliseconds] = {}
    lambda_latency_for: dict[str, Milliseconds] = {}
    events_latency_for: dict[str, Milliseconds] = {}
    spacetimedb_latency_for: dict[str, Milliseconds] = {}
    iot_throttle_above: RequestsPerSecond | None = None
    iot_control_throttle_above: RequestsPerSecond | None = None
    lambda_throttle_above: RequestsPerSecond | None = None
    events_throttle_above: RequestsPerSecond | None = None
    spacetimedb_throttle_above: RequestsPerSecond | None = None
    iot_error_rate: Rate = 0.0
    iot_control_error_rate: Rate = 0.0
    lambda_error_rate: Rate = 0.0
    events_error_rate: Rate = 0.0
    spacetimedb_error_rate: Rate = 0.0
    iot_reset_rate: Rate = 0.0
    iot_control_reset_rate: Rate = 0.0
    lambda_reset_rate: Rate = 0.0
    events_reset_rate: Rate = 0.0
    spacetimedb_reset_rate: Rate = 0.0
    reset_after_work: bool = False
    iot_control_index: Literal["ready", "building", "off"] = "ready"
    iot_control_indexed_shadows: list[str] | None = None
    iot_control_page_examines: Annotated[int, Field(ge=1)] | None = None
    function_error_rate: Rate = 0.0
    function_error_for: list[str] = []
    functions: list[FunctionName] = ["shadow_to_eventbridge"]
    function_timeout_ms: Annotated[float, Field(gt=0, le=900_000)] = 30_000.0
    events_entry_error_rate: Rate = 0.0
    delivery_timeout_ms: Annotated[float, Field(gt=0, le=60_000)] = 5_000.0
    delivery_rate: Annotated[float, Field(gt=0)] = 300.0
    delivery_max_retries: Annotated[int, Field(ge=0, le=185)] = 185
    delivery_max_age_s: Annotated[float, Field(ge=60, le=86_400)] = 86_400.0
    delivery_delay_ms: Milliseconds = 0.0
    delivery_drop_rate: Rate = 0.0
    delivery_duplicate_rate: Rate = 0.0
    delivery_reorder_rate: Rate = 0.0
    wait_scale: Annotated[float, Field(ge=0, le=1)] = 1.0
    spacetimedb_database: DatabaseName = "shadows"
    access_keys: list[str] | None = None
    seed: int = 0

    def changed(self, changes: dict[str, Any]) -> Knobs:
        """A copy with these knobs turned; KnobError names every one that cannot be."""
        try:
            return Knobs.model_validate(self.model_dump() | changes)
        except ValidationError as error:
            raise KnobError(error) from None

    def of(self, kind: Kind, knob: str) -> Any:
        """The knob that every service has: `of("iot", "error_rate")` is `iot_error_rate`."""
        return getattr(self, f"{kind}_{knob}")

    def latency_seconds(self, kind: Kind, shadow: str | None) -> float:
        general: float = self.of(kind, "latency_ms")
        if shadow is not None:
            general = self.of(kind, "latency_for").get(shadow, general)
        return general / 1000


class KnobError(ValueError):
    """`details` is a list of {"field", "message"}."""

    def __init__(self, error: ValidationError) -> None:
        self.details = [
            {"field": ".".join(map(str, problem["loc"])), "message": problem["msg"]} for problem in error.errors()
        ]
        super().__init__("; ".join(f"{detail['field']}: {detail['message']}" for detail in self.details))
