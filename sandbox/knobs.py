"""Everything that can be turned on the sandbox while it runs."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

Kind = Literal["iot", "lambda"]
Rate = Annotated[float, Field(ge=0, le=1)]
Milliseconds = Annotated[float, Field(ge=0, le=600_000)]
RequestsPerSecond = Annotated[float, Field(ge=0)]
FunctionName = Annotated[str, Field(pattern=r"^[a-zA-Z0-9_-]{1,64}$")]


class Knobs(BaseModel):
    """Latencies in milliseconds, rates as a share of calls (0 to 1), throttles in requests per second.

    A throttle is a token bucket that holds one second's worth (at least one call): `null` is off, 0 lets nothing pass.
    The `*_latency_for` maps and `function_error_for` go by shadow name, so that a test need not depend on chance.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    iot_latency_ms: Milliseconds = 0.0
    lambda_latency_ms: Milliseconds = 0.0
    iot_latency_for: dict[str, Milliseconds] = {}
    lambda_latency_for: dict[str, Milliseconds] = {}
    iot_throttle_above: RequestsPerSecond | None = None
    lambda_throttle_above: RequestsPerSecond | None = None
    iot_error_rate: Rate = 0.0
    lambda_error_rate: Rate = 0.0
    iot_reset_rate: Rate = 0.0
    lambda_reset_rate: Rate = 0.0
    reset_after_work: bool = False
    function_error_rate: Rate = 0.0
    function_error_for: list[str] = []
    functions: list[FunctionName] = ["shadow_to_eventbridge"]
    seed: int = 0

    def changed(self, changes: dict[str, Any]) -> Knobs:
        """A copy with these knobs turned; KnobError names every one that cannot be."""
        try:
            return Knobs.model_validate(self.model_dump() | changes)
        except ValidationError as error:
            raise KnobError(error) from None

    def latency_seconds(self, kind: Kind, shadow: str | None) -> float:
        if kind == "iot":
            general, particular = self.iot_latency_ms, self.iot_latency_for
        else:
            general, particular = self.lambda_latency_ms, self.lambda_latency_for
        if particular and shadow is not None:
            general = particular.get(shadow, general)
        return general / 1000


class KnobError(ValueError):
    """`details` is a list of {"field", "message"}."""

    def __init__(self, error: ValidationError) -> None:
        self.details = [
            {"field": ".".join(map(str, problem["loc"])), "message": problem["msg"]} for problem in error.errors()
        ]
        super().__init__("; ".join(f"{detail['field']}: {detail['message']}" for detail in self.details))
