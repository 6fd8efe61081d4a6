"""The bytes of what passed through, for a while: the newest, and not more than memory can bear."""

from __future__ import annotations

from collections import OrderedDict

KEPT_BYTES = 64 * 1024 * 1024


class Payloads:
    def __init__(self, count: int) -> None:
        self._count = count
        self._kept: OrderedDict[int, bytes] = OrderedDict()
        self._bytes = 0

    def keep(self, sequence: int, payload: bytes) -> None:
        self._kept[sequence] = payload
        self._bytes += len(payload)
        while len(self._kept) > self._count or self._bytes > KEPT_BYTES:
            self._bytes -= len(self._kept.popitem(last=False)[1])

    def get(self, sequence: int) -> bytes | None:
        return self._kept.get(sequence)

    def clear(self) -> None:
        self._kept.clear()
        self._bytes = 0
