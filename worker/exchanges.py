"""HTTP exchanges over libcurl: the connections to one service, kept alive and handed from thread to thread.

libcurl works in C and without Python's lock, where urllib3 goes through a response line by line, which was half of the
CPU time of a call. And its time-out is that of the whole exchange, so that an answer which trickles ends, too.
"""

import io
import re
from collections import deque
from collections.abc import Mapping

import pycurl
from botocore import exceptions as boto
from botocore.awsrequest import HeadersDict

# https://curl.se/libcurl/c/libcurl-errors.html
_NOBODY_THERE = frozenset({pycurl.E_COULDNT_RESOLVE_HOST, pycurl.E_COULDNT_CONNECT})
_NO_TRUST = frozenset(
    {pycurl.E_SSL_CONNECT_ERROR, pycurl.E_PEER_FAILED_VERIFICATION, pycurl.E_SSL_CACERT_BADFILE}
    | {pycurl.E_SSL_CERTPROBLEM, pycurl.E_SSL_CIPHER, pycurl.E_SSL_ISSUER_ERROR}
)
_BREAK = re.compile(r"[\r\n\0]")


class Answer:
    """What botocore's parsers ask of a response. It has been read whole."""

    __slots__ = ("content", "headers", "raw", "status_code")

    def __init__(self, status_code: int, lines: list[bytes], content: bytes) -> None:
        self.status_code = status_code
        self.headers = HeadersDict()
        for line in lines:
            # Before it came an interim answer, such as 100 Continue.
            if line.startswith(b"HTTP/"):
                self.headers.clear()
                continue
            name, colon, value = line.decode("latin-1").partition(":")
            if colon:
                self.headers[name] = value.strip()
        self.content = content
        self.raw = io.BytesIO(content)


class Exchanges:
    """Thread-safe: a handle, with its connection, is one thread's from taking it to putting it back."""

    def __init__(self, *, connect_timeout: float, read_timeout: float, ca_bundle: str | None) -> None:
        """The time-outs in seconds; *read_timeout* is for the whole answer. Certificates are checked by *ca_bundle*,
        the path of a PEM file.
        """
        # To libcurl 0 is none.
        self._connect_ms = max(1, round(1000 * connect_timeout))
        self._whole_ms = self._connect_ms + max(1, round(1000 * read_timeout))
        self._ca_bundle = ca_bundle
        self._idle: deque[pycurl.Curl] = deque()

    def exchange(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send one request, by GET or POST, and read its answer. Nothing is followed, and no body is sent twice.

        Raises:
            botocore.exceptions.BotoCoreError: as botocore itself tells that there is no answer.
        """
        given = [f"{name}: {value}" for name, value in headers.items()]
        if _BREAK.search("".join(given)):
            raise boto.InvalidConfigError(error_msg="a header would hold a line break; is one in the credentials?")
        curl = self._take()
        lines: list[bytes] = []
        curl.setopt(pycurl.URL, url)
        curl.setopt(pycurl.HEADERFUNCTION, lines.append)
        # Neither ask first whether a large body is welcome, nor say that it is a form.
        curl.setopt(pycurl.HTTPHEADER, [*given, "Expect:", *([] if "Content-Type" in headers else ["Content-Type:"])])
        if method == "POST":
            curl.setopt(pycurl.POST, 1)
            # Not as a whole, or libcurl would send it again, should a connection that it had kept break meanwhile.
            curl.setopt(pycurl.READFUNCTION, io.BytesIO(body).read)
            curl.setopt(pycurl.POSTFIELDSIZE_LARGE, len(body))
        else:
            curl.setopt(pycurl.HTTPGET, 1)
        try:
            content = curl.perform_rb()
            return Answer(curl.getinfo(pycurl.RESPONSE_CODE), lines, content)
        except pycurl.error as error:
            raise _told(error, url, curl) from error
        finally:
            self._idle.append(curl)

    def _take(self) -> pycurl.Curl:
        # The last one that was put back: its connection is the likeliest to stand yet.
        try:
            return self._idle.pop()
        except IndexError:
            return self._made()

    def _made(self) -> pycurl.Curl:
        curl = pycurl.Curl()
        for option, value in (
            (pycurl.NOSIGNAL, 1),
            (pycurl.PROXY, ""),
            (pycurl.PATH_AS_IS, 1),
            (pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1),
            (pycurl.TCP_KEEPALIVE, 1),
            (pycurl.CONNECTTIMEOUT_MS, self._connect_ms),
            (pycurl.TIMEOUT_MS, self._whole_ms),
        ):
            curl.setopt(option, value)
        if self._ca_bundle:
            curl.setopt(pycurl.CAINFO, self._ca_bundle)
        return curl


def _told(error: pycurl.error, url: str, curl: pycurl.Curl) -> boto.BotoCoreError:
    code = error.args[0]
    if code in _NOBODY_THERE:
        return boto.EndpointConnectionError(endpoint_url=url, error=error)
    if code == pycurl.E_OPERATION_TIMEDOUT:
        timed_out = boto.ReadTimeoutError if curl.getinfo(pycurl.PRETRANSFER_TIME) else boto.ConnectTimeoutError
        return timed_out(endpoint_url=url, error=error)
    if code in _NO_TRUST:
        return boto.SSLError(endpoint_url=url, error=error)
    return boto.ConnectionClosedError(endpoint_url=url, request=None, error=error)
