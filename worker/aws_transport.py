"""A short way to the wire for boto3's clients: a third of the CPU time of a call, and nothing of its meaning.

Between the parameters and the wire botocore resolves the endpoint anew for each call, asks all who could have a say,
signs through a generic request object and sends through a pool of pools; that is most of what a call costs. For the
calls that a sync consists of, this module signs and sends what the client has serialised. Endpoint, credentials,
serialisation, parsing and exceptions stay botocore's, and so does every other call, and all of them wherever the short
way does not lead: proxies, client certificates, and endpoint URLs that botocore would normalise.
"""

import hashlib
import hmac
import os
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit

import botocore.session
from botocore.client import BaseClient
from botocore.credentials import ReadOnlyCredentials
from botocore.endpoint import convert_to_response_dict
from botocore.httpsession import get_cert_path
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from botocore.utils import get_environ_proxies, percent_encode_sequence

from worker.exchanges import Exchanges

_ALGORITHM = "AWS4-HMAC-SHA256"
# Each is signed with version 4, has its place under the client's endpoint, and is sent as it is serialised.
_CALLS = ("ListNamedShadowsForThing", "GetThingShadow", "Invoke")


class Signer:
    """Signature Version 4, with the derived key kept for the day. Thread-safe: what is kept is replaced whole.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    """

    def __init__(self) -> None:
        self._kept: tuple[tuple[str, ...], bytes] = ((), b"")

    def sign(
        self,
        request: Mapping[str, Any],
        url: SplitResult,
        credentials: ReadOnlyCredentials,
        *,
        service: str,
        region: str,
        now: str,
    ) -> None:
        """Set the headers X-Amz-Date, X-Amz-Security-Token and Authorization. *now* as in 20261123T150000Z."""
        headers = request["headers"]
        headers["X-Amz-Date"] = now
        if credentials.token:
            headers["X-Amz-Security-Token"] = credentials.token
        named = ((name.lower(), value) for name, value in headers.items())
        signed = sorted([("host", url.netloc), *(pair for pair in named if pair[0].startswith("x-amz-"))])
        names = ";".join(name for name, _ in signed)
        query = sorted(pair.partition("=")[::2] for pair in url.query.split("&") if pair)
        canonical = "\n".join(
            (
                request["method"],
                quote(url.path, safe="/~"),
                "&".join("=".join(pair) for pair in query),
                *(f"{name}:{' '.join(value.split())}" for name, value in signed),
                "",
                names,
                hashlib.sha256(request["body"] or b"").hexdigest(),
            )
        )
        scope = f"{now[:8]}/{region}/{service}/aws4_request"
        text = "\n".join((_ALGORITHM, now, scope, hashlib.sha256(canonical.encode()).hexdigest()))
        key = self._key(str(credentials.secret_key), now[:8], region, service)
        headers["Authorization"] = (
            f"{_ALGORITHM} Credential={credentials.access_key}/{scope}, SignedHeaders={names}, "
            f"Signature={hmac.digest(key, text.encode(), 'sha256').hex()}"
        )

    def _key(self, secret: str, *parts: str) -> bytes:
        kept_for, key = self._kept
        if kept_for != (secret, *parts):
            key = f"AWS4{secret}".encode()
            for part in (*parts, "aws4_request"):
                key = hmac.digest(key, part.encode(), "sha256")
            self._kept = ((secret, *parts), key)
        return key


def take_the_short_way(client: BaseClient, session: botocore.session.Session) -> bool:
    """Have *client*, made of *session*, sign and send by this module from now on. False where that is not possible."""
    config: Any = client.meta.config
    url = client.meta.endpoint_url
    given = session.get_credentials(), config.user_agent
    elsewhere = config.proxies or config.client_cert or config.auth_scheme_preference or get_environ_proxies(url)
    if not all(given) or elsewhere or not _is_plain(url):
        return False
    # What every method of a client is a call of. botocore has events before and after it, but none in its place.
    client._make_api_call = _ShortWay(client, session)  # type: ignore[attr-defined]
    return True


class _ShortWay:
    def __init__(self, client: BaseClient, session: botocore.session.Session) -> None:
        config: Any = client.meta.config
        model = client.meta.service_model
        self._long_way = client._make_api_call  # type: ignore[attr-defined]
        self._url = client.meta.endpoint_url.removesuffix("/")
        self._exceptions: Any = client.exceptions
        self._agent, self._region, self._service = config.user_agent, client.meta.region_name, model.signing_name
        self._credentials: Any = session.get_credentials()
        self._operations = {name: model.operation_model(name) for name in _CALLS if name in model.operation_names}
        self._serializer: Any = create_serializer(model.resolved_protocol, include_validation=False)
        self._parser: Any = create_parser(model.resolved_protocol)
        self._signer = Signer()
        self._exchanges = Exchanges(
            connect_timeout=config.connect_timeout, read_timeout=config.read_timeout, ca_bundle=_ca_bundle(session)
        )

    def __call__(self, operation_name: str, api_params: Mapping[str, Any]) -> Any:
        operation = self._operations.get(operation_name)
        if operation is None:
            return self._long_way(operation_name, api_params)
        request = self._serializer.serialize_to_request(api_params, operation)
        query = percent_encode_sequence(request["query_string"])
        url = f"{self._url}{request['url_path']}{'?' if query else ''}{query}"
        body, headers = request["body"] or b"", request["headers"]
        headers["User-Agent"] = self._agent
        self._signer.sign(
            request,
            urlsplit(url),
            self._credentials.get_frozen_credentials(),
            service=self._service,
            region=self._region,
            now=time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()),
        )
        answer = self._exchanges.exchange(request["method"], url, headers, body)
        parsed = self._parser.parse(convert_to_response_dict(answer, operation), operation.output_shape)
        if answer.status_code >= 300:
            raise self._exceptions.from_code(parsed.get("Error", {}).get("Code"))(parsed, operation_name)
        return parsed


def _is_plain(url: str) -> bool:
    """Whether the host that botocore would sign, and libcurl would send, is the one that the URL is written with."""
    parts = urlsplit(url)
    usual = {"http": 80, "https": 443}[parts.scheme]
    as_written = parts.netloc == parts.netloc.lower() and "@" not in parts.netloc and "//" not in parts.path
    return as_written and parts.port != usual


def _ca_bundle(session: botocore.session.Session) -> str:
    # In this order by botocore, too.
    return str(
        session.get_config_variable("ca_bundle") or os.environ.get("REQUESTS_CA_BUNDLE") or get_cert_path(verify=True)
    )
