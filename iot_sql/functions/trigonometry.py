"""Angles in radians, and the hyperbolic functions.

https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html#iot-func-acos
"""

import math

from iot_sql.functions.double_precision import in_doubles
from iot_sql.functions.registry import function

function("acos", 1)(in_doubles(math.acos))
function("asin", 1)(in_doubles(math.asin))
function("atan", 1)(in_doubles(math.atan))
function("atan2", 2)(in_doubles(math.atan2))
function("cos", 1)(in_doubles(math.cos))
function("cosh", 1)(in_doubles(math.cosh))
function("sin", 1)(in_doubles(math.sin))
function("sinh", 1)(in_doubles(math.sinh))
function("tan", 1)(in_doubles(math.tan))
function("tanh", 1)(in_doubles(math.tanh))
