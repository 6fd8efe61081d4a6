"""The message: JSON in, and how its numbers are read."""

import json
from dataclasses import dataclass, field
from decimal import Decimal, DecimalException
from typing import Any, NoReturn

from iot_sql.errors import LimitError, PayloadError
from iot_sql.values import Value, Version, as_written

_INT_BITS = 14_000
"""Python reads and writes no longer ones in decimal digits."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message whose numbers are this language's already, so that evaluating it need not look at every one again.

    Made by :meth:`parse`, or of parts of what that made.
    """

    value: Any = field(repr=False)

    @classmethod
    def parse(cls, raw: bytes, version: str) -> "Message":
        """
        Raises:
            PayloadError: *raw* is not JSON in UTF-8.
            LimitError: it is nested too deeply.
        """
        try:
            return cls(parse(raw, Version(version)))
        except RecursionError:
            raise LimitError("the payload is nested too deeply") from None


class NotJson(PayloadError):  # noqa: N818 - not always an error
    """The bytes are not JSON in UTF-8."""


def parse(raw: bytes, version: Version) -> Value:
    """The value of a JSON text.

    Raises:
        NotJson: it is none.
    """
    try:
        value: Value = _DECODERS[version].decode(raw.decode())
    except DecimalException:
        raise PayloadError("the payload holds a number with too large an exponent") from None
    except ValueError:
        raise NotJson("the payload is not JSON") from None
    return value


def _decoder(version: Version) -> json.JSONDecoder:
    def number(text: str) -> Value:
        return as_written(Decimal(text), version)

    return json.JSONDecoder(parse_float=number, parse_constant=_refuse)


def adopt(value: Any, version: Version) -> Value:
    """A JSON value as this language has it: floats and Decimals as :mod:`iot_sql.values` says. Containers are shared
    where nothing in them changes.

    Raises:
        PayloadError: it is no JSON value.
    """
    kind = type(value)
    if kind is str or kind is bool or value is None or (kind is int and value.bit_length() < _INT_BITS):
        return value  # type: ignore[no-any-return]
    if kind is dict:
        return _adopt_dict(value, version)
    if kind is list:
        adopted = [adopt(one, version) for one in value]
        return value if all(map(_is, adopted, value)) else adopted
    if kind is float or kind is Decimal:
        number = Decimal(repr(value)) if kind is float else value
        if number.is_finite():
            return as_written(number, version)
    raise PayloadError(f"the payload holds a value of type {kind.__name__} that JSON does not have")


def _adopt_dict(value: dict[Any, Any], version: Version) -> dict[str, Any]:
    changed = {}
    for key, one in value.items():
        if type(key) is not str:
            raise PayloadError("the payload has an object with a key that is not a string")
        adopted = adopt(one, version)
        if adopted is not one:
            changed[key] = adopted
    return {**value, **changed} if changed else value


def _is(one: object, other: object) -> bool:
    return one is other


def _refuse(text: str) -> NoReturn:
    raise ValueError(text)


_DECODERS = {version: _decoder(version) for version in Version}
