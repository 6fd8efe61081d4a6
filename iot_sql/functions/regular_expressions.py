"""Functions of regular expressions, which are Java's. An invalid one is Undefined.

https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html#iot-func-regex-matches
"""

from iot_sql.functions.registry import function
from iot_sql.functions.string_arguments import in_strings
from iot_sql.java_regex import compiled
from iot_sql.values import UNDEFINED, Value


def _matches(text: str, pattern: str) -> Value:
    """Whether *text* holds a match anywhere."""
    expression = compiled(pattern)
    return UNDEFINED if expression is None else expression.find(text) is not None


def _replace(text: str, pattern: str, replacement: str) -> Value:
    """*text* with every match replaced; Undefined also where the replacement is invalid, found or not."""
    expression = compiled(pattern)
    parts = None if expression is None else expression.read_replacement(replacement)
    return UNDEFINED if expression is None or parts is None else expression.replace(text, parts)


def _substr(text: str, pattern: str) -> Value:
    """The first match; Undefined where there is none."""
    expression = compiled(pattern)
    found = None if expression is None else expression.find(text)
    return UNDEFINED if found is None else found


function("regexp_matches", 2)(in_strings(_matches))
function("regexp_replace", 3)(in_strings(_replace))
function("regexp_substr", 2)(in_strings(_substr))
