"""What an expression is evaluated in."""

import time
from dataclasses import dataclass, field, replace

from iot_sql import limits
from iot_sql.context import Context
from iot_sql.errors import LimitError, PayloadError
from iot_sql.functions import Call
from iot_sql.values import UNDEFINED, Value, Version


@dataclass(slots=True)
class Budget:
    """What is left of what one evaluation may take."""

    rows: int = limits.ROWS
    size: int = limits.TOTAL_SIZE
    deadline: float = field(default_factory=lambda: time.thread_time() + limits.SECONDS)

    def spend_row(self) -> None:
        self.rows -= 1
        if self.rows < 0:
            raise LimitError(f"nested queries that visit more than {limits.ROWS} rows")
        self.check_time()

    def check_time(self) -> None:
        if time.thread_time() > self.deadline:
            raise LimitError(f"an evaluation that takes more than {limits.SECONDS:g} s")

    def spend(self, value: Value) -> None:
        self.check_time()
        if type(value) is str or type(value) is list or type(value) is dict:
            self.size -= limits.size_of(value)
            if self.size < 0:
                raise LimitError(f"functions that return more than {limits.TOTAL_SIZE} characters together")


@dataclass(slots=True)
class Scope:
    """A message, or in a nested query one of its rows, and what else is known of it.

    ``payload`` is Undefined where the message is not JSON; ``raw`` are its bytes, where they are known; ``alias`` is
    the row's name in the query.
    """

    payload: Value
    raw: bytes | None
    topic: str
    context: Context
    version: Version
    alias: str | None = None
    variables: dict[str, Value] = field(default_factory=dict)
    budget: Budget = field(default_factory=Budget)

    @property
    def is_binary(self) -> bool:
        """Whether the message is not JSON."""
        return self.payload is UNDEFINED

    def whole(self) -> Value:
        """What ``*`` stands for. An empty message has no members.

        Raises:
            PayloadError: the message is not JSON, and can go out only as it came in.
        """
        if not self.is_binary:
            return self.payload
        if self.raw:
            raise PayloadError("the payload is not JSON: * can be selected alone, or be encoded")
        return {}

    def member(self, names: tuple[str, ...]) -> Value:
        """The value of a path, or Undefined."""
        if names[0] == self.alias:
            return member(self.payload, names[1:])
        return member(self.payload, names)

    def row(self, value: Value, alias: str | None) -> "Scope":
        """The scope of one row of a nested query."""
        self.budget.spend_row()
        return replace(self, payload=value, raw=None, alias=alias)

    def call(self) -> Call:
        return Call(version=self.version, topic=self.topic, context=self.context)


def member(value: Value, names: tuple[str, ...]) -> Value:
    """The value under *names*, one in the other, or Undefined."""
    for name in names:
        if not isinstance(value, dict):
            return UNDEFINED
        value = value.get(name, UNDEFINED)
    return value
