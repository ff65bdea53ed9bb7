"""Server-sent events with the standard library, that come back with the last number they saw."""

from __future__ import annotations

import json
import random
import threading
from typing import Any, Iterator, List, Mapping, Optional

from .connection import BROKEN, Connection, Stream
from .errors import EventsLost, HubProblem, HubUnreachable
from .shapes import Event

SILENCE_SECONDS = 45.0
"""The hub sends a sign of life each 15 seconds."""

MOST_DELAY_SECONDS = 5.0


class EventStream(Iterator[Event]):
    """Iterate over it; `close` it, in any thread, to end the iteration.

    Raises EventsLost where events have gone by that are not kept any more.
    """

    def __init__(self, connection: Connection, filter: Mapping[str, Any], after: int) -> None:
        self.last_seq = after
        """The number of the last event seen: where to go on, in this process or another."""
        self._connection = connection
        self._filter = filter
        self._stream: Optional[Stream] = None
        self._reading = threading.Lock()
        self._closed = threading.Event()
        self._failures = 0

    def __enter__(self) -> "EventStream":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __next__(self) -> Event:
        with self._reading:
            while not self._closed.is_set() and not self._connection.is_closed:
                try:
                    event = self._read()
                    if event is not None:
                        return event
                except HubProblem as problem:
                    if problem.code == "cursor_expired":
                        raise EventsLost(self._oldest_seq()) from problem
                    if problem.status != 503:
                        raise
                except (*BROKEN, HubUnreachable, ValueError):
                    pass  # the connection broke, maybe in the middle of a line
                self._drop()
                self._failures += 1
                self._closed.wait(min(0.05 * 2**self._failures, MOST_DELAY_SECONDS) * random.uniform(0.5, 1.0))
        raise StopIteration

    def close(self) -> None:
        self._closed.set()
        stream = self._stream
        if stream is not None:
            stream.interrupt()
        with self._reading:
            self._drop()

    def _read(self) -> Optional[Event]:
        """The next event; None when the stream has ended."""
        stream = self._opened()
        kind = "message"
        data: List[str] = []
        for line in iter(stream.read_line, b""):
            self._failures = 0
            field, _, value = line.decode("utf-8").rstrip("\n").partition(":")
            value = value[1:] if value.startswith(" ") else value
            if field == "event":
                kind = value
            elif field == "data":
                data.append(value)
            elif line == b"\n" and data:
                return self._event(kind, json.loads("\n".join(data)))
        return None

    def _opened(self) -> Stream:
        if self._stream is None:
            query = {**self._filter, "after": self.last_seq}
            self._stream = self._connection.open_stream("/v1/events", query, {"accept": "text/event-stream"}, SILENCE_SECONDS)
            if self._closed.is_set():  # since before it could be seen
                self._stream.interrupt()
        return self._stream

    def _event(self, kind: str, data: Any) -> Event:
        if kind == "reset":
            raise EventsLost(data["oldestSeq"])
        self.last_seq = data["seq"]
        return data

    def _oldest_seq(self) -> int:
        return self._connection.call("GET", "/v1/stats").body["events"]["oldestSeq"]

    def _drop(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()
