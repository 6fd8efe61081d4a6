"""A short way to the wire for boto3's clients: half of the CPU time of a call, and nothing of its meaning.

botocore signs through a generic request object and sends through a pool of pools; that is two thirds of what a call
costs. A ``before-call`` handler may answer instead of them
(https://docs.aws.amazon.com/boto3/latest/guide/events.html). Ours signs the request that the client has serialised and
sends it over one pool of connections. Endpoint, credentials, serialisation, parsing and exceptions stay botocore's, and
so does the whole call wherever the short way does not lead: proxies, client certificates, other signatures, other
hosts, and endpoint URLs that botocore would normalise.
"""

import hashlib
import hmac
import io
import os
import socket
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit

import botocore.session
import urllib3
from botocore import exceptions as boto
from botocore.client import BaseClient
from botocore.credentials import ReadOnlyCredentials
from botocore.endpoint import convert_to_response_dict
from botocore.httpsession import get_cert_path
from botocore.parsers import create_parser
from botocore.utils import get_environ_proxies
from urllib3 import exceptions as wire
from urllib3.connection import HTTPConnection

_ALGORITHM = "AWS4-HMAC-SHA256"
_NO_RETRIES = urllib3.Retry(False)


class Answer:
    """What botocore's parsers ask of a response. It has been read whole."""

    def __init__(self, response: urllib3.BaseHTTPResponse) -> None:
        self.status_code = response.status
        self.headers = response.headers
        self.content = response.data
        self.raw = io.BytesIO(response.data)


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
    url = client.meta.endpoint_url
    config: Any = client.meta.config
    credentials = session.get_credentials()
    if credentials is None or config.proxies or config.client_cert or get_environ_proxies(url) or not _is_plain(url):
        return False
    service_model = client.meta.service_model
    parser = create_parser(service_model.resolved_protocol)
    origin, signer = urlsplit(url)[:2], Signer()
    pool = urllib3.connection_from_url(
        url,
        maxsize=config.max_pool_connections,
        timeout=urllib3.Timeout(connect=config.connect_timeout, read=config.read_timeout),
        socket_options=[*HTTPConnection.default_socket_options, (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)],
        **_tls(url, session),
    )

    def call(model: Any, params: dict[str, Any], request_signer: Any, context: dict[str, Any], **_: Any) -> Any:
        split = urlsplit(params["url"])
        if context.get("auth_type") not in (None, "v4") or split[:2] != origin:
            return None
        place = context.get("signing") or {}
        signer.sign(
            params,
            split,
            credentials.get_frozen_credentials(),
            service=place.get("signing_name") or request_signer.signing_name,
            region=place.get("region") or request_signer.region_name,
            now=time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()),
        )
        target = f"{split.path}?{split.query}" if split.query else split.path
        answer = Answer(_send(pool, url, params["method"], target, params["body"] or None, params["headers"]))
        return answer, parser.parse(convert_to_response_dict(answer, model), model.output_shape)

    client.meta.events.register_last(f"before-call.{service_model.service_id.hyphenize()}", call)
    return True


def _is_plain(url: str) -> bool:
    """Whether the host that botocore would sign, and urllib3 would send, is the one that the URL is written with."""
    parts = urlsplit(url)
    usual = {"http": 80, "https": 443}[parts.scheme]
    as_written = parts.netloc == parts.netloc.lower() and "@" not in parts.netloc and "//" not in parts.path
    return as_written and parts.port != usual


def _tls(url: str, session: botocore.session.Session) -> dict[str, Any]:
    if not url.startswith("https:"):
        return {}
    # In this order by botocore, too.
    bundle = session.get_config_variable("ca_bundle") or os.environ.get("REQUESTS_CA_BUNDLE") or get_cert_path(True)
    return {"cert_reqs": "CERT_REQUIRED", "ca_certs": bundle}


def _send(
    pool: urllib3.HTTPConnectionPool, url: str, method: str, target: str, body: bytes | None, headers: Mapping[str, str]
) -> urllib3.BaseHTTPResponse:
    """One exchange, with urllib3's exceptions told as botocore tells them."""
    try:
        return pool.urlopen(
            method,
            target,
            body=body,
            headers=headers,
            retries=_NO_RETRIES,
            assert_same_host=False,
            decode_content=False,
        )
    except wire.NewConnectionError as error:
        raise boto.EndpointConnectionError(endpoint_url=url, error=error) from error
    except wire.ConnectTimeoutError as error:
        raise boto.ConnectTimeoutError(endpoint_url=url, error=error) from error
    except wire.ReadTimeoutError as error:
        raise boto.ReadTimeoutError(endpoint_url=url, error=error) from error
    except wire.SSLError as error:
        raise boto.SSLError(endpoint_url=url, error=error) from error
    except wire.HTTPError as error:
        raise boto.ConnectionClosedError(endpoint_url=url, request=None, error=error) from error
