"""java.util.regex on the ``regex`` package, which can be told to give up in time.

https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/util/regex/Pattern.html
"""

from iot_sql.java_regex.expression import Expression, compiled

__all__ = ["Expression", "compiled"]
