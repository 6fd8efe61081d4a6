"""What can be wrong with a statement, a payload, or with asking for something that only AWS can answer.

::

    SqlError
    ├── NeedsAws      the statement calls a function that asks another AWS service
    ├── PayloadError  the message is not one that the statement can work on
    └── LimitError    the evaluation would take more time, depth or memory than is allowed
"""


class SqlError(Exception):
    """The statement cannot be parsed, or not be evaluated.

    ``line`` and ``column`` count from 1, and are None where no place in the statement is to blame; ``expected`` names
    what could have stood there.
    """

    def __init__(
        self, message: str, *, line: int | None = None, column: int | None = None, expected: tuple[str, ...] = ()
    ) -> None:
        self.message, self.line, self.column, self.expected = message, line, column, expected
        place = f" at line {line}, column {column}" if line is not None else ""
        wanted = f"; expected {_one_of(expected)}" if expected else ""
        super().__init__(f"{message}{place}{wanted}")


class NeedsAws(SqlError):  # noqa: N818 - the name says what is missing
    """The statement calls ``function``, which asks another AWS service."""

    def __init__(self, function: str, *, line: int | None = None, column: int | None = None) -> None:
        self.function = function
        super().__init__(
            f"{function}() asks another AWS service and cannot be evaluated here", line=line, column=column
        )


class PayloadError(SqlError):
    """The message is not one that the statement can work on. The text quotes nothing of it."""


class LimitError(SqlError):
    """The evaluation would take more time, depth or memory than is allowed."""


def _one_of(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
