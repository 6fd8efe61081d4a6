"""Functions that round their arguments to doubles before they compute."""

from collections.abc import Callable

from iot_sql.functions.registry import Call, Implementation
from iot_sql.values import UNDEFINED, Value, from_double, to_decimal


def in_doubles(formula: Callable[..., float]) -> Implementation:
    """*formula*, which takes and gives floats, as a function of the language.

    An argument that is no number, and a result that is imaginary, infinite or undefined in mathematics, is Undefined.
    """

    def compute(call: Call, *arguments: Value) -> Value:
        doubles = []
        for argument in arguments:
            number = to_decimal(argument)
            if number is UNDEFINED:
                return UNDEFINED
            doubles.append(float(number))
        try:
            result = formula(*doubles)
        except (ValueError, OverflowError):
            return UNDEFINED
        return from_double(result, call.version)

    return compute
