"""The listening socket and its connections: start, stop, and the closing of idle ones."""

from __future__ import annotations

import asyncio
import time
from email.utils import formatdate

from sandbox.connection import IDLE_SECONDS, Connection, Handler

STOP_SECONDS = 3.0


class Server:
    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._connections: set[Connection] = set()
        self._listener: asyncio.Server | None = None
        self._sweep: asyncio.TimerHandle | None = None
        self._date = (0, "")

    def _http_date(self) -> str:
        second = int(time.time())
        if self._date[0] != second:
            self._date = (second, formatdate(second, usegmt=True))
        return self._date[1]

    async def start(self, host: str, port: int) -> int:
        """Listen; port 0 takes a free one. Returns the port. OSError if it is taken."""
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(
            lambda: Connection(self._handler, self._connections, self._http_date), host, port, backlog=1024
        )
        self._sweep_idle()
        return int(self._listener.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Stop listening and drop every connection, within STOP_SECONDS."""
        if self._sweep is not None:
            self._sweep.cancel()
        if self._listener is not None:
            self._listener.close()
            for connection in list(self._connections):
                connection.abort()
            await asyncio.wait_for(self._listener.wait_closed(), STOP_SECONDS)

    def _sweep_idle(self) -> None:
        loop = asyncio.get_running_loop()
        for connection in list(self._connections):
            connection.close_if_idle(loop.time())
        self._sweep = loop.call_later(IDLE_SECONDS / 4, self._sweep_idle)
