"""urllib3's connections, but the time-out for reading is that of the whole answer: a socket's own starts anew with
every byte, so that headers which trickle would never end.
"""

import io
import socket
import time
from http.client import HTTPResponse
from typing import Any

from urllib3 import HTTPConnectionPool, connection_from_url
from urllib3.connection import HTTPConnection, HTTPSConnection


def timely_pool(url: str, **options: Any) -> HTTPConnectionPool:
    """As ``urllib3.connection_from_url``."""
    pool = connection_from_url(url, **options)
    pool.ConnectionCls = _HttpsConnection if pool.scheme == "https" else _HttpConnection
    return pool


class _TimelyResponse(HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp = io.BufferedReader(_TimelyReader(self.fp.detach(), sock))


class _TimelyReader(io.RawIOBase):
    def __init__(self, reader: io.RawIOBase, sock: socket.socket) -> None:
        self._reader = reader
        self._socket = sock
        timeout = sock.gettimeout()
        self._deadline = None if timeout is None else time.monotonic() + timeout

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._deadline is not None:
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._socket.settimeout(left)
        read: int | None = self._reader.readinto(buffer)
        return read

    def close(self) -> None:
        self._reader.close()
        super().close()


class _HttpConnection(HTTPConnection):
    response_class = _TimelyResponse


class _HttpsConnection(HTTPSConnection):
    response_class = _TimelyResponse
