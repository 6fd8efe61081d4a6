"""AWS IoT topic-rule SQL, evaluated off AWS.

>>> rule = Rule.parse("SELECT state.reported.* , topic(3) AS thing FROM '$aws/things/+/shadow/update/accepted'")
>>> rule.evaluate(b'{"state": {"reported": {"lock": "open"}}}', topic="$aws/things/door-1/shadow/update/accepted")
{'lock': 'open', 'thing': 'door-1'}

A pure library: no I/O, no AWS, nothing of the project around it.
https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-reference.html
"""

from iot_sql.context import Context
from iot_sql.errors import LimitError, NeedsAws, PayloadError, SqlError
from iot_sql.payload import Message
from iot_sql.rule import NO_MATCH, Rule, evaluate, render_template
from iot_sql.topics import matches
from iot_sql.values import UNDEFINED, to_json

__all__ = [
    "NO_MATCH",
    "UNDEFINED",
    "Context",
    "LimitError",
    "Message",
    "NeedsAws",
    "PayloadError",
    "Rule",
    "SqlError",
    "evaluate",
    "matches",
    "render_template",
    "to_json",
]
