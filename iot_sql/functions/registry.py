"""How a function of the language is written down, and found by its name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from iot_sql.context import Context
from iot_sql.values import UNDEFINED, Value, Version


@dataclass(frozen=True, slots=True)
class Call:
    """What a function can know besides its arguments. ``topic``: as ``topic()`` tells it, without the prefix of Basic
    Ingest.
    """

    version: Version
    topic: str
    context: Context


Implementation = Callable[..., Value]


@dataclass(frozen=True, slots=True)
class Function:
    """``since``: the version of the language that has it first. ``least`` and ``most``: numbers of arguments (most is
    None where there is no limit). ``takes_raw``: where an argument is ``*``, it is given as the message's ``bytes``.
    ``needs_aws``: only AWS can evaluate it.
    """

    name: str
    implementation: Implementation
    least: int
    most: int | None
    since: Version = Version.V2015
    takes_raw: bool = False
    needs_aws: bool = False

    def __call__(self, call: Call, arguments: Sequence[Value | bytes]) -> Value:
        """The result; Undefined where the number of arguments is wrong, as for every invalid argument.

        https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-data-types.html
        """
        if len(arguments) < self.least or (self.most is not None and len(arguments) > self.most):
            return UNDEFINED
        return self.implementation(call, *arguments)


_FUNCTIONS: dict[str, Function] = {}


def function(
    name: str, least: int, most: int | None = -1, *, since: Version = Version.V2015, takes_raw: bool = False
) -> Callable[[Implementation], Implementation]:
    """Make the decorated callable, called with a :class:`Call` and the evaluated arguments, the function *name*.

    It takes *least* to *most* arguments; just *least* where *most* is left out.
    """

    def register(implementation: Implementation) -> Implementation:
        bound = least if most == -1 else most
        _FUNCTIONS[name.lower()] = Function(name, implementation, least, bound, since, takes_raw)
        return implementation

    return register


def needs_aws(name: str, since: Version = Version.V2015) -> None:
    """Register *name* as a function that only AWS can evaluate."""
    _FUNCTIONS[name.lower()] = Function(name, lambda *_: UNDEFINED, 0, None, since, needs_aws=True)


def find(name: str) -> Function | None:
    """The function of that name, in whatever case it is written."""
    return _FUNCTIONS.get(name.lower())


def names() -> list[str]:
    """The names of all functions as the reference spells them."""
    return sorted(found.name for found in _FUNCTIONS.values())
