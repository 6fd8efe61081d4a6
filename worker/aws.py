"""The calls to AWS that a sync consists of, and the one that reads its rule: boto3 is known here alone.

No retries in here: one layer retries, and that is the job store's due set.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
import botocore.session
from botocore.config import Config

from worker.aws_errors import translated
from worker.aws_things import FleetCalls
from worker.aws_transport import take_the_short_way
from worker.call_counts import CallCounts
from worker.failures import NotFoundError, RetryableError
from worker.pace import Pace
from worker.settings import Settings, SettingsError

if TYPE_CHECKING:
    from mypy_boto3_iot import IoTClient
    from mypy_boto3_iot_data import IoTDataPlaneClient
    from mypy_boto3_lambda import LambdaClient

_PAGE_SIZE = 100
_ERROR_TYPE = re.compile(rb'"errorType"\s*:\s*"([A-Za-z_][\w.]{0,99})"')


@dataclass(frozen=True, kw_only=True, slots=True)
class LiveRule:
    """A topic rule as GetTopicRule answers it. ``version``: None where the rule names none; ``functions``: the ARNs of
    its Lambda actions.
    """

    arn: str
    sql: str
    version: str | None
    disabled: bool
    functions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Invocation:
    """What Lambda answered: 200 for RequestResponse, 202 for Event, 204 for DryRun."""

    status_code: int
    request_id: str


class Aws:
    """Thread-safe: one client per service, shared by the worker's threads."""

    def __init__(self, settings: Settings) -> None:
        """Make the clients from the standard AWS_* configuration.

        Raises:
            SettingsError: no region is configured.
        """
        self._function = settings.lambda_function
        self._invocation_type = settings.lambda_invocation_type
        core = botocore.session.get_session()
        session = boto3.Session(botocore_session=core)
        if not session.region_name:
            raise SettingsError("shadow-sync cannot start:\n  AWS_DEFAULT_REGION: required, but not set")
        common = Config(
            connect_timeout=settings.aws_connect_timeout_seconds,
            max_pool_connections=settings.worker_threads,
            retries={"total_max_attempts": 1, "mode": "standard"},
            tcp_keepalive=True,
            # botocore would check again what the API has checked, and build the same user agent for each request:
            # together a fifth of the CPU time of a call.
            parameter_validation=False,
            user_agent=core.user_agent(),
        )
        for_iot, for_lambda = (
            common.merge(Config(read_timeout=seconds))
            for seconds in (settings.iot_timeout_seconds, settings.lambda_timeout_seconds)
        )
        self._session, self._iot_config = session, for_iot
        self._iot_data: IoTDataPlaneClient = session.client("iot-data", config=for_iot)
        self._lambda: LambdaClient = session.client("lambda", config=for_lambda)
        for client in (self._iot_data, self._lambda):
            take_the_short_way(client, core)
        self.has_credentials = core.get_credentials() is not None

    def named_shadows(
        self, thing_name: str, at: Callable[[], AbstractContextManager[None]] = nullcontext
    ) -> Iterator[list[str]]:
        """The names of a Thing's named shadows, page by page. Empty for a Thing that does not exist.

        Each call is made inside of *at*. botocore has no paginator for it.
        """
        token: str | None = ""
        seen: set[str] = set()
        while token is not None:
            if token in seen:
                raise RetryableError("ListNamedShadowsForThing: AWS answered with a page that it had answered before")
            seen.add(token)
            following = {"nextToken": token} if token else {}
            try:
                with at(), translated("ListNamedShadowsForThing"):
                    page = self._iot_data.list_named_shadows_for_thing(
                        thingName=thing_name, pageSize=_PAGE_SIZE, **following
                    )
            except NotFoundError:
                return
            # Something between here and AWS can answer 200 with a page of its own.
            if not isinstance(page.get("results"), list):
                raise RetryableError("ListNamedShadowsForThing: the answer is not AWS's")
            yield page["results"]
            token = page.get("nextToken")

    def shadow(self, thing_name: str, shadow_name: str) -> bytes:
        """The shadow's document, as GetThingShadow answers it."""
        with translated("GetThingShadow"):
            answer = self._iot_data.get_thing_shadow(thingName=thing_name, shadowName=shadow_name)
            with answer["payload"] as payload:
                return payload.read()

    def invoke(self, payload: bytes, *, dry_run: bool = False) -> Invocation:
        """Hand an event to the Lambda. In a *dry_run* Lambda checks the call, and the function does not run.

        Raises:
            RetryableError: also where the function itself raised, although Lambda answers 200 then. Only the class
                of what it raised is told: its message can quote the event.
        """
        with translated(f"Lambda {self._function}", quotes_payload=True):
            answer = self._lambda.invoke(
                FunctionName=self._function,
                InvocationType="DryRun" if dry_run else self._invocation_type,
                Payload=payload,
            )
            with answer["Payload"] as stream:
                returned = stream.read()
        request_id = answer["ResponseMetadata"].get("RequestId")
        kind = answer.get("FunctionError")
        if kind:
            raised = _ERROR_TYPE.search(returned)
            raise RetryableError(
                f"FunctionError: the Lambda raised {raised[1].decode() if raised else 'an error'} ({kind})",
                lambda_status_code=answer["StatusCode"],
                lambda_request_id=request_id,
            )
        if not request_id:
            raise RetryableError(f"Lambda {self._function}: the answer is not Lambda's")
        return Invocation(answer["StatusCode"], request_id)

    def fleet(self, pace: Pace, counts: CallCounts) -> FleetCalls:
        """The calls that tell which Things there are."""
        return FleetCalls(self._session, self._iot_config, pace, counts)

    def topic_rule(self, name: str) -> LiveRule:
        """The live topic rule of that name."""
        client: IoTClient = self._session.client("iot", config=self._iot_config)
        with translated("GetTopicRule"):
            answer = client.get_topic_rule(ruleName=name)
        rule = answer["rule"]
        return LiveRule(
            arn=answer["ruleArn"],
            sql=rule["sql"],
            version=rule.get("awsIotSqlVersion"),
            disabled=rule.get("ruleDisabled", False),
            functions=tuple(action["lambda"]["functionArn"] for action in rule["actions"] if "lambda" in action),
        )
