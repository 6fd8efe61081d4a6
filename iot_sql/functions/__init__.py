"""The functions of the language, in files by kind.

https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html
"""

# Importing such a file is what makes its functions known.
from iot_sql.functions import (  # noqa: F401
    bits,
    containers,
    conversions,
    encoding,
    external,
    hashing,
    message,
    numeric,
    regular_expressions,
    strings,
    times,
    trigonometry,
)
from iot_sql.functions.conversions import cast_types
from iot_sql.functions.registry import Call, Function, find

__all__ = ["Call", "Function", "cast_types", "find"]
