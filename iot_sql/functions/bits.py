"""Functions of the bits of Ints. A Decimal, and a String that says one, is rounded down to an Int first.

Ints are in two's complement of unlimited width, so ``bitnot(13)`` is -14. The page prints 2, the inverse of just the
four bits that 13 has; no width that it could mean fits its other functions.

https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html#iot-func-bitand
"""

import operator
from collections.abc import Callable

from iot_sql.functions.registry import Call, Implementation, function
from iot_sql.values import UNDEFINED, Value, from_int, to_int


def _bitwise(combine: Callable[..., int]) -> Implementation:
    def compute(call: Call, *arguments: Value) -> Value:
        ints = []
        for argument in arguments:
            whole = to_int(argument)
            if whole is UNDEFINED:
                return UNDEFINED
            ints.append(whole)
        return from_int(combine(*ints), call.version)

    return compute


function("bitand", 2)(_bitwise(operator.and_))
function("bitnot", 1)(_bitwise(operator.invert))
function("bitor", 2)(_bitwise(operator.or_))
function("bitxor", 2)(_bitwise(operator.xor))
