"""The network between the product and Valkey: it can cut replies in their middle, fall silent, or be away."""

import asyncio
import random
import socket
import struct
import threading
from asyncio import StreamReader, StreamWriter
from contextlib import suppress

_RST_ON_CLOSE = struct.pack("ii", 1, 0)
_CHUNK_BYTES = 65_536
_CALL_SECONDS = 5.0


class Network:
    """Forwards connections from :attr:`port` on loopback to another port there, in a thread of its own."""

    def __init__(self, to_port: int) -> None:
        self._to_port = to_port
        self._writers: set[StreamWriter] = set()
        self._dice, self._share, self._is_away = random.Random(0), 0.0, False
        self._flows = asyncio.Event()
        self._flows.set()
        self.cuts = 0
        """Replies cut so far."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="network", daemon=True)
        self._thread.start()
        listening = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=1000), self._loop
        )
        self._server = listening.result(_CALL_SECONDS)
        self.port: int = self._server.sockets[0].getsockname()[1]

    def cut(self, share: float, dice: random.Random) -> None:
        """Break that *share* of the replies in their middle from now on, with a reset; 0 ends it."""
        self._dice, self._share = dice, share

    def silence(self) -> None:
        """Keep all connections, and carry nothing."""
        self._loop.call_soon_threadsafe(self._flows.clear)

    def leave(self) -> None:
        """Reset all connections, and every new one."""
        self._is_away = True
        self._loop.call_soon_threadsafe(self._reset_all)

    def heal(self) -> None:
        """As at the start; what was held back goes on its way."""
        self._share, self._is_away = 0.0, False
        self._loop.call_soon_threadsafe(self._flows.set)

    def close(self) -> None:
        with suppress(TimeoutError):
            asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(_CALL_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_CALL_SECONDS)
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            if self._is_away:
                raise ConnectionError
            to_reader, to_writer = await asyncio.open_connection("127.0.0.1", self._to_port)
        except OSError:
            _reset(writer)
            return
        both = {writer, to_writer}
        self._writers |= both
        pumps = {
            asyncio.create_task(self._pump(reader, to_writer, replies=False)),
            asyncio.create_task(self._pump(to_reader, writer, replies=True)),
        }
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._writers -= both
            for pump in pumps:
                pump.cancel()
            for one in both:
                _reset(one)

    async def _pump(self, source: StreamReader, target: StreamWriter, *, replies: bool) -> None:
        with suppress(OSError):
            while data := await source.read(_CHUNK_BYTES):
                await self._flows.wait()
                if replies and self._share and self._dice.random() < self._share:
                    self.cuts += 1
                    target.write(data[: len(data) // 2])
                    await target.drain()
                    return
                target.write(data)
                await target.drain()

    def _reset_all(self) -> None:
        for writer in self._writers:
            _reset(writer)


def _reset(writer: StreamWriter) -> None:
    opened = writer.get_extra_info("socket")
    with suppress(OSError):
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RST_ON_CLOSE)
    writer.transport.abort()
