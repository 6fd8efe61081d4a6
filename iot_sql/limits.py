"""What an evaluation may take at most, so that no statement and no message can hold a process up."""

from iot_sql.errors import LimitError
from iot_sql.values import Value

STATEMENT_CHARACTERS = 80 * 1024
DEPTH = 64
VARIABLES = 10
VARIABLE_NAME_CHARACTERS = 64
VARIABLE_SIZE = 128 * 1024
"""https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-set.html"""

SIZE = 4 * 1024 * 1024
"""Of any value, in characters of its JSON text, about. A message has at most 128 KB."""

TOTAL_SIZE = 32 * 1024 * 1024
"""Of all that the functions of one evaluation return."""

ROWS = 100_000
"""That the nested queries of one evaluation visit together."""

SECONDS = 1.0
"""Of the processor, after which no further row is visited, and no function or operator evaluated."""

REGEX_SECONDS = 0.25
REGEX_CHARACTERS = 4096


def size_of(value: Value, limit: int = SIZE) -> int:
    """The length of *value* as JSON text, about.

    Raises:
        LimitError: it is more than *limit*; how much more is not found out.
    """
    size, pending = 0, [value]
    while pending:
        one = pending.pop()
        size += 4
        if type(one) is str:
            size += len(one)
        elif type(one) is list:
            pending.extend(one)
        elif type(one) is dict:
            pending.extend(one.values())
            size += sum(map(len, one))
        if size > limit or len(pending) > limit:
            raise LimitError(f"a value of more than {limit} characters")
    return size


def check_size(value: Value, limit: int = SIZE) -> None:
    """Raise LimitError where *value*, written as JSON, would be longer than about *limit* characters."""
    size_of(value, limit)
