"""HTTP with the standard library: one kept connection a thread, and calls again what is safe to call twice."""

from __future__ import annotations

import http.client
import json
import random
import select
import socket
import threading
from typing import Any, List, Mapping, NamedTuple, Optional, Set, Union
from urllib.parse import urlencode, urlsplit

from .errors import HubProblem, HubUnreachable

GRACE_SECONDS = 15.0
"""How much longer than the hub was asked to wait its answer may take."""

ATTEMPTS = 5
FIRST_DELAY_SECONDS = 0.1

BROKEN = (OSError, http.client.HTTPException)


class Answer(NamedTuple):
    status: int
    body: Any
    """Parsed JSON; None where there is none."""


class Stream:
    """An answer that goes on."""

    def __init__(self, connection: http.client.HTTPConnection, response: http.client.HTTPResponse) -> None:
        self._connection = connection
        self._socket = connection.sock
        self._response = response

    def read_line(self) -> bytes:
        """With its end; empty where the stream has ended."""
        return self._response.readline()

    def interrupt(self) -> None:
        """Whoever reads in another thread finds it ended."""
        shut_down(self._socket)

    def close(self) -> None:
        self._response.close()
        self._connection.close()


class Connection:
    """Thread-safe: as many connections as there are calls at the same time, kept for the next ones. `close` ends every call under way."""

    def __init__(self, url: str, key: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or parts.hostname is None:
            raise ValueError(f"The address of a hub begins with http:// or https://: {url!r}")
        self._parts = parts
        self._authorization = f"Bearer {key}"
        self._idle: List[http.client.HTTPConnection] = []
        self._in_use: Set[http.client.HTTPConnection] = set()
        self._lock = threading.Lock()
        self._closed = threading.Event()

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: Optional[Mapping[str, Any]] = None,
        headers: Optional[Mapping[str, str]] = None,
        wait: float = 0.0,
        is_repeatable: bool = True,
    ) -> Answer:
        """One request. `wait` is the number of seconds that the hub may hold it. A repeatable one is called again when the connection
        breaks or the hub is away for a moment (503).

        Raises HubProblem where the hub refuses, HubUnreachable where it does not answer.
        """
        for attempt in range(1, ATTEMPTS + 1):
            is_last = attempt == ATTEMPTS or not is_repeatable
            try:
                return self._call_once(method, path, body, query, headers, wait + GRACE_SECONDS)
            except HubProblem as error:
                if error.status != 503 or is_last:
                    raise
                delay = error.retry_after or 0.0
            except BROKEN as error:
                if is_last or self.is_closed:
                    raise HubUnreachable(f"{method} {path}: {_reason(error)}") from error
                delay = 0.0
            self._closed.wait(max(delay, FIRST_DELAY_SECONDS * 2 ** (attempt - 1) * random.uniform(0.5, 1.5)))
        raise AssertionError("the last attempt answers or raises")

    def open_stream(self, path: str, query: Mapping[str, Any], headers: Mapping[str, str], silence: float) -> Stream:
        """A response to read from as it comes, on a connection of its own; `silence` is the number of seconds after which a quiet one
        counts as broken."""
        connection = self._connect(silence)
        try:
            connection.request("GET", self._target(path, query), headers={"authorization": self._authorization, **headers})
            response = connection.getresponse()
            if response.status != 200:
                raise _refusal(response, response.read())
        except BaseException:
            connection.close()
            raise
        return Stream(connection, response)

    @property
    def is_closed(self) -> bool:
        return self._closed.is_set()

    def close(self) -> None:
        with self._lock:
            self._closed.set()
            idle, self._idle = self._idle, []
            in_use = list(self._in_use)
        for connection in idle:
            connection.close()
        for connection in in_use:
            shut_down(connection.sock)  # the thread that uses it closes it

    def _call_once(
        self,
        method: str,
        path: str,
        body: Any,
        query: Optional[Mapping[str, Any]],
        headers: Optional[Mapping[str, str]],
        timeout: float,
    ) -> Answer:
        content = None if body is None else _encode(body)
        all_headers = {"authorization": self._authorization, **(headers or {})}
        if content is not None:
            all_headers["content-type"] = "application/json"
        connection = self._take(timeout)
        try:
            connection.request(method, self._target(path, query), body=content, headers=all_headers)
            response = connection.getresponse()
            text = response.read()
        except BaseException:
            connection.close()
            raise
        finally:
            self._put_back(connection)
        if response.status >= 400:
            raise _refusal(response, text)
        return Answer(response.status, json.loads(text) if text else None)

    def _target(self, path: str, query: Optional[Mapping[str, Any]]) -> str:
        pairs = {name: value for name, value in (query or {}).items() if value is not None}
        return self._parts.path + path + (f"?{urlencode(pairs)}" if pairs else "")

    def _take(self, timeout: float) -> http.client.HTTPConnection:
        while True:
            with self._lock:
                kept = self._idle.pop() if self._idle else None
            if kept is None:
                kept = self._connect(timeout)
            elif _has_ended(kept.sock):
                kept.close()
                continue
            kept.sock.settimeout(timeout)
            with self._lock:
                self._in_use.add(kept)
            if self.is_closed:  # since before it could be seen among those in use
                shut_down(kept.sock)
            return kept

    def _put_back(self, connection: http.client.HTTPConnection) -> None:
        with self._lock:
            self._in_use.discard(connection)
            if connection.sock is None:
                return
            if not self.is_closed:
                self._idle.append(connection)
                return
        connection.close()

    def _connect(self, timeout: float) -> http.client.HTTPConnection:
        if self.is_closed:
            raise ConnectionError("this client is closed")
        kind = http.client.HTTPSConnection if self._parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(self._parts.hostname or "", self._parts.port, timeout=timeout)
        connection.connect()
        # Small requests go out at once, not after the other side's delayed acknowledgement.
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection


def _has_ended(sock: socket.socket) -> bool:
    """Between two requests nothing comes in but the end."""
    return bool(select.select([sock], [], [], 0)[0])


def shut_down(sock: Optional[socket.socket]) -> None:
    """Whoever reads from it in another thread wakes up."""
    if sock is None:
        return
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # it is closed already


def _encode(body: Any) -> bytes:
    # NaN and Infinity are no JSON: better refused here, with the place in the caller's program.
    return json.dumps(body, allow_nan=False, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


def _refusal(response: http.client.HTTPResponse, text: bytes) -> HubProblem:
    try:
        problem: Union[Mapping[str, Any], Any] = json.loads(text)
    except ValueError:
        problem = None
    retry_after = response.getheader("retry-after")
    return HubProblem(
        response.status,
        problem if isinstance(problem, dict) else {"detail": text.decode("utf-8", "replace")[:500]},
        float(retry_after) if retry_after is not None and retry_after.isdigit() else None,
    )


def _reason(error: BaseException) -> str:
    return str(error) or type(error).__name__
