"""A function of the language, called without a statement around it."""

from iot_sql.context import Context
from iot_sql.functions import Call, find
from iot_sql.values import Value, Version


def apply(name: str, *arguments: Value, version: Version = Version.V2016) -> Value:
    found = find(name)
    assert found, f"there is no function {name}"
    return found(Call(version, "a/b", Context()), list(arguments))


def typed(value: Value) -> tuple[type, Value]:
    """To compare what Python holds for equal: 1, 1.0 and True."""
    return type(value), value
