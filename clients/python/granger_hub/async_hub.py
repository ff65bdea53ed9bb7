"""The hub, to be awaited: each method is the one of `Hub`, run in a thread of its own pool."""

from __future__ import annotations

import asyncio
import functools
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any, AsyncIterator, Awaitable, Callable, List, Optional, TypeVar

from .errors import GrangerError
from .event_stream import EventStream
from .hub import Hub
from .shapes import Claimed, Event

if sys.version_info >= (3, 10):
    from typing import Concatenate, ParamSpec

    P = ParamSpec("P")
    R = TypeVar("R")

    def _awaited(method: "Callable[Concatenate[Hub, P], R]") -> "Callable[Concatenate[AsyncHub, P], Awaitable[R]]":
        return _in_thread(method)

else:

    def _awaited(method: Any) -> Any:
        return _in_thread(method)


def _in_thread(method: Any) -> Any:
    @functools.wraps(method)
    async def call(self: "AsyncHub", *args: Any, **options: Any) -> Any:
        return await self.in_thread(method, self.hub, *args, **options)

    return call


class AsyncHub:
    """`AsyncHub(url, key)`, or `AsyncHub(hub)` for a hub that is there. At most `calls` requests are under way at a time."""

    def __init__(self, url: Optional[str] = None, key: Optional[str] = None, *, hub: Optional[Hub] = None, calls: int = 64) -> None:
        self.hub = hub or Hub(url, key)
        self._threads = ThreadPoolExecutor(calls, "granger-hub")

    async def __aenter__(self) -> "AsyncHub":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        self.hub.close()
        await asyncio.get_running_loop().run_in_executor(None, self._threads.shutdown)

    async def in_thread(self, work: Callable[..., Any], *args: Any, **options: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, functools.partial(work, *args, **options))

    call = _awaited(Hub.call)
    register = _awaited(Hub.register)
    module = _awaited(Hub.module)
    modules = _awaited(Hub.modules)
    remove = _awaited(Hub.remove)
    heartbeat = _awaited(Hub.heartbeat)
    module_key = _awaited(Hub.module_key)
    subscribe = _awaited(Hub.subscribe)
    unsubscribe = _awaited(Hub.unsubscribe)
    send = _awaited(Hub.send)
    send_many = _awaited(Hub.send_many)
    request = _awaited(Hub.request)
    reply_to = _awaited(Hub.reply_to)
    reply = _awaited(Hub.reply)
    message = _awaited(Hub.message)
    cancel = _awaited(Hub.cancel)
    complete = _awaited(Hub.complete)
    fail = _awaited(Hub.fail)
    release = _awaited(Hub.release)
    extend = _awaited(Hub.extend)
    last_seq = _awaited(Hub.last_seq)
    stats = _awaited(Hub.stats)

    async def claim(self, module: str, **options: Any) -> List[Claimed]:
        """As `Hub.claim`. Where the awaiting task is cancelled, what was claimed meanwhile is given back."""
        claiming = asyncio.ensure_future(self.in_thread(self.hub.claim, module, **options))
        try:
            return await asyncio.shield(claiming)
        except asyncio.CancelledError:
            claiming.add_done_callback(self._give_back)
            raise

    def _give_back(self, claiming: "asyncio.Future[List[Claimed]]") -> None:
        if not claiming.cancelled() and claiming.exception() is None:
            for claimed in claiming.result():
                self._threads.submit(_release_quietly, self.hub, claimed)

    async def events(self, **filter: Any) -> AsyncIterator[Event]:
        """As `Hub.events`, for `async for`."""
        stream: EventStream = await self.in_thread(self.hub.events, **filter)
        try:
            while True:
                event = await self.in_thread(next, stream, None)
                if event is None:
                    return
                yield event
        finally:
            stream.close()


def _release_quietly(hub: Hub, claimed: Claimed) -> None:
    try:
        hub.release(claimed)
    except GrangerError:
        pass  # its lease ends by itself
