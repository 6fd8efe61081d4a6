"""The short way to the wire means what botocore's own way means: the same signature, the same errors, TLS verified."""

import json
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import quote, urlencode, urlsplit

import botocore.session
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from sandbox import RunningSandbox
from worker.aws import Aws
from worker.aws_transport import Signer, take_the_short_way
from worker.failures import PermanentError, RetryableError
from worker.settings import Settings

PRINTABLE = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)
ARN = "arn:aws:lambda:eu-west-1:123456789012:function:shadow_to_eventbridge:live"


@given(
    method=st.sampled_from(["GET", "POST"]),
    path=st.lists(PRINTABLE.filter(lambda part: part not in {".", ".."}), min_size=1, max_size=4),
    query=st.dictionaries(PRINTABLE, PRINTABLE, max_size=3),
    body=st.binary(max_size=200),
    token=st.none() | PRINTABLE,
    secret=PRINTABLE,
)
def test_the_signature_is_the_one_that_botocore_would_have_made(
    method: str, path: list[str], query: dict[str, str], body: bytes, token: str | None, secret: str
) -> None:
    target = "/" + "/".join(quote(part, safe="") for part in path)
    url = f"https://data-ats.iot.eu-west-1.amazonaws.com{target}"
    url += f"?{urlencode(query, quote_via=quote)}" if query else ""
    credentials = ReadOnlyCredentials("AKIDEXAMPLE", secret, token)
    theirs = AWSRequest(method, url, headers={"X-Amz-Invocation-Type": "Event"}, data=body)
    SigV4Auth(credentials, "iotdata", "eu-west-1").add_auth(theirs)
    now = theirs.headers["X-Amz-Date"]
    ours = {"method": method, "body": body, "headers": {"X-Amz-Invocation-Type": "Event"}}

    Signer().sign(ours, urlsplit(url), credentials, service="iotdata", region="eu-west-1", now=now)

    assert ours["headers"]["Authorization"] == theirs.headers["Authorization"]  # type: ignore[index]
    assert ours["headers"].get("X-Amz-Security-Token") == theirs.headers.get("X-Amz-Security-Token")  # type: ignore[attr-defined]


def test_a_key_kept_for_one_day_is_not_used_for_the_next_or_for_new_credentials() -> None:
    signer = Signer()

    def signature(secret: str, now: str) -> str:
        request = {"method": "GET", "body": b"", "headers": dict[str, str]()}
        credentials = ReadOnlyCredentials("AKIDEXAMPLE", secret, None)
        signer.sign(request, urlsplit("https://host/"), credentials, service="lambda", region="eu-west-1", now=now)
        return str(request["headers"]["Authorization"]).rpartition("=")[2]  # type: ignore[index]

    today, tomorrow = "20261123T150000Z", "20261124T150000Z"
    seen = [signature("one", today), signature("one", tomorrow), signature("two", tomorrow), signature("one", today)]

    assert seen[0] == seen[3]
    assert len(set(seen)) == 3


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """With time-outs that nothing here reaches: no call is made twice."""
    return settings.model_copy(update={"iot_timeout_seconds": 10.0, "lambda_timeout_seconds": 10.0})


def test_a_function_named_by_its_arn_is_invoked(aws_environment: RunningSandbox, settings: Settings) -> None:
    aws = Aws(settings.model_copy(update={"lambda_function": ARN}))

    assert aws.invoke(b"{}").status_code == 200


def test_the_short_way_is_taken_where_there_is_one(
    aws_environment: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = botocore.session.get_session()

    def taken() -> bool:
        return take_the_short_way(session.create_client("lambda"), session)

    assert taken()
    monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", "https://Lambda.example:443//prefix")
    assert not taken()
    monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", aws_environment.url)
    monkeypatch.setenv("HTTP_PROXY", aws_environment.url)
    assert not taken()


def test_a_proxy_is_respected(
    aws_environment: RunningSandbox, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sandbox stands where the proxy would: a name that nobody resolves reaches it, and it refuses what it is
    asked.
    """
    monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", "http://lambda.invalid")
    monkeypatch.setenv("HTTP_PROXY", aws_environment.url)
    monkeypatch.setenv("http_proxy", aws_environment.url)

    with pytest.raises(PermanentError, match=r"^UnknownOperationException"):
        Aws(settings).invoke(b"{}")


class Lambda(BaseHTTPRequestHandler):
    """Answers every POST as a function that returned null."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "4")
        self.send_header("x-amzn-RequestId", "request-1")
        self.end_headers()
        self.wfile.write(b"null")

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost that signs itself, with its key, in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = tmp_path_factory.mktemp("tls") / "localhost.pem"
    file.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture
def lambda_over_tls(certificate: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Lambda)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"https://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join(10)


def test_a_server_with_a_certificate_of_the_configured_bundle_is_trusted(
    lambda_over_tls: str,
    certificate: Path,
    aws_environment: RunningSandbox,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", lambda_over_tls)
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate))

    assert Aws(settings).invoke(json.dumps({}).encode()).request_id == "request-1"


def test_a_server_with_any_other_certificate_is_not_spoken_to(
    lambda_over_tls: str, aws_environment: RunningSandbox, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", lambda_over_tls)

    with pytest.raises(RetryableError, match=r"^SSLError: no answer from Lambda shadow_to_eventbridge$"):
        Aws(settings).invoke(b"{}")
