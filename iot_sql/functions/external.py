"""The functions that ask another AWS service, known by name so that a statement which calls one says so clearly.

https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-functions.html
"""

from iot_sql.functions.registry import needs_aws
from iot_sql.values import Version

needs_aws("aws_lambda")
needs_aws("get_dynamodb", Version.V2016)
needs_aws("get_registry_data", Version.V2016)
needs_aws("get_secret")
needs_aws("get_thing_shadow", Version.V2016)
needs_aws("machinelearning_predict")
