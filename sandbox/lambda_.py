"""Lambda's Invoke: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"""

from __future__ import annotations

import re

from sandbox.calls import Call, Fault
from sandbox.documents import Json, parse_json
from sandbox.errors import AwsError
from sandbox.faults import Faults
from sandbox.function import FunctionCall
from sandbox.function_runs import FunctionRuns
from sandbox.knobs import Kind
from sandbox.messages import Answer, Request, compact_json, json_answer
from sandbox.record import Event, Invocation, Record

SYNCHRONOUS_LIMIT = 6 * 1024 * 1024
EVENT_LIMIT = 1024 * 1024
REGION = "us-east-1"
ACCOUNT = "123456789012"

_PREFIX = "/2015-03-31/functions/"
_NAME = re.compile(
    r"(arn:aws[a-z-]*:lambda:[a-z0-9-]+:)?(\d{12}:)?(function:)?(?P<name>[a-zA-Z0-9_.-]+)"
    r"(:(?P<qualifier>\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9_-]+))?"
)
_FAULTS = {
    Fault.ERROR: (500, "ServiceException", "The AWS Lambda service encountered an internal error."),
    Fault.UNAVAILABLE: (503, "ServiceUnavailableException", "Service is unavailable. Please try again later."),
    Fault.DENIED: (403, "AccessDeniedException", "User is not authorized to perform: lambda:InvokeFunction"),
}


class Lambda:
    kind: Kind = "lambda"

    def __init__(self, faults: Faults, record: Record, runs: FunctionRuns | None = None) -> None:
        """Without `runs` every function only says that all is well."""
        self._faults = faults
        self._record = record
        self._runs = runs

    def match(self, request: Request, request_id: str) -> Call | None:
        if not request.path.startswith(_PREFIX):
            return None
        segments = request.segments()
        if len(segments) != 4 or segments[3] != "invocations" or request.method != "POST":
            return None
        try:
            event: Event | None = facts(parse_json(request.body)) if request.body else Event()
        except ValueError:
            event = None
        about = event or Event()
        return Call(
            self,
            "Invoke",
            request_id,
            lambda call: self._invoke(call, request, event),
            about.thing,
            about.shadow,
            segments[2],
        )

    def error_answer(self, error: AwsError) -> Answer:
        # Lambda spells the key `Message` where its model does, and `message` elsewhere.
        capital = error.code in ("ResourceNotFoundException", "ServiceException")
        body = {
            "Type": "Service" if error.status >= 500 else "User",
            "Message" if capital else "message": error.message,
        }
        return json_answer(error.status, body | error.extra, (("x-amzn-ErrorType", error.code), *error.headers))

    def fault(self, fault: Fault) -> AwsError:
        if fault is not Fault.THROTTLE:
            return AwsError(*_FAULTS[fault])
        reason = {"Reason": "ReservedFunctionInvocationRateLimitExceeded"}
        return AwsError(
            429, "TooManyRequestsException", "Rate Exceeded.", headers=(("Retry-After", "1"),), extra=reason
        )

    def _invoke(self, call: Call, request: Request, event: Event | None) -> Answer:
        function, qualifier = self._function(call.function or "", request.parameters().get("Qualifier"))
        call.function = function
        kind = request.header(b"x-amz-invocation-type", "RequestResponse")
        if kind not in ("RequestResponse", "Event", "DryRun"):
            raise AwsError(400, "InvalidParameterValueException", f"Unknown invocation type: {kind}")
        limit = EVENT_LIMIT if kind == "Event" else SYNCHRONOUS_LIMIT
        if request.body_size > limit:
            message = f"Request must be smaller than {limit} bytes for the InvokeFunction operation"
            raise AwsError(413, "RequestTooLargeException", message)
        if event is None:
            message = "Could not parse request body into json: Could not parse payload into json"
            raise AwsError(400, "InvalidRequestContentException", message)
        if kind == "DryRun":
            return Answer(204)
        invocation = Invocation(function, qualifier, kind, call.request_id, event, call.function_fails)
        self._record.invoked(invocation, request.body)
        executed = qualifier if qualifier.isdigit() or qualifier == "$LATEST" else "1"
        headers = (("X-Amz-Executed-Version", executed),)
        if self._runs is not None and not call.function_fails:
            arn = function_arn(function, None if qualifier == "$LATEST" else qualifier)
            code = FunctionCall(function, executed, arn, call.request_id, request.body)
            return _run(self._runs, code, invocation, Answer(200, headers=headers))
        if kind == "Event":
            return Answer(202, headers=headers)
        if call.function_fails:
            return Answer(200, _crash(request.body), (*headers, ("X-Amz-Function-Error", "Unhandled")))
        return Answer(200, b'{"statusCode":200}', headers)

    def _function(self, reference: str, qualifier: str | None) -> tuple[str, str]:
        """The name and qualifier of a configured function, from a name, a partial or a full ARN."""
        match = _NAME.fullmatch(reference)
        if match is None:
            message = f"Value '{reference}' at 'functionName' failed to satisfy constraint"
            raise AwsError(400, "InvalidParameterValueException", message)
        name = match["name"]
        asked = match["qualifier"] or qualifier
        if name not in self._faults.knobs.functions:
            raise AwsError(404, "ResourceNotFoundException", f"Function not found: {function_arn(name, asked)}")
        return name, asked or "$LATEST"


def _run(runs: FunctionRuns, call: FunctionCall, invocation: Invocation, answer: Answer) -> Answer:
    if invocation.invocation_type != "Event":
        return runs.answer(call, invocation, answer)
    runs.leave(call, invocation)
    return Answer(202, headers=answer.headers)


def function_arn(name: str, qualifier: str | None) -> str:
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}" + (f":{qualifier}" if qualifier else "")


def facts(event: Json) -> Event:
    if not isinstance(event, dict):
        return Event()
    thing, shadow, version = event.get("thingName"), event.get("shadowName"), event.get("version")
    return Event(
        thing if isinstance(thing, str) else None,
        shadow if isinstance(shadow, str) else None,
        version if isinstance(version, int | float) and not isinstance(version, bool) else None,
    )


def _crash(body: bytes) -> bytes:
    # Real functions quote their input in what they raise, so a caller's care with error texts can be tested.
    message = f"the sandbox was told to let the function fail\ninput: {body.decode(errors='replace')}"
    trace = ['  File "/var/task/index.py", line 12, in handler\n    raise RuntimeError(message)\n']
    return compact_json({"errorMessage": message, "errorType": "RuntimeError", "stackTrace": trace})
