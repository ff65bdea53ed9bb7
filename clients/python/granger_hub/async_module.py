"""A module that works in an asyncio event loop."""

from __future__ import annotations

import asyncio
import logging
import signal
from abc import ABC, abstractmethod
from typing import Any, Awaitable, Callable, Dict, Optional

from .async_hub import AsyncHub
from .base_module import MOST_CLAIMED, PAUSE_SECONDS, POLL_SECONDS
from .errors import GrangerError, HubProblem
from .hub import Hub, is_lease_lost
from .module_contract import ModuleContract, current_message, error_of, is_reply, outgoing
from .shapes import Claimed, Message

log = logging.getLogger("granger_hub")


class AsyncBaseModule(ModuleContract[Callable[[Message], Awaitable[Any]]], ABC):
    """`BaseModule` for asyncio: `process`, handlers and `send_to` are awaited."""

    def __init__(self, hub: Optional[Hub] = None, *, url: Optional[str] = None, key: Optional[str] = None) -> None:
        super().__init__()
        self._owns_hub = hub is None
        self.hub = AsyncHub(url, key, hub=hub)
        self._claims = AsyncHub(hub=self.hub.hub.again(), calls=1)
        self._tasks: Dict[str, "asyncio.Task[None]"] = {}
        self._leases: Dict[str, str] = {}
        self._loops: "list[asyncio.Task[None]]" = []
        self._is_stopping = False

    @abstractmethod
    async def process(self, data: Any) -> Any:
        """The payload of a request in, the payload of its reply out; None: no reply."""

    async def on_reply(self, message: Message) -> None:
        """A reply to what was sent without waiting."""

    async def send_to(self, target: str, message: str, data: Any = None, *, wait: Optional[float] = None, **options: Any) -> Message:
        """As `BaseModule.send_to`."""
        fields = outgoing(target, message, data, self.name, options)
        return await (self.hub.send(**fields) if wait is None else self.hub.request(wait=wait, **fields))

    async def start(self) -> None:
        await self._register()
        self._loops = [asyncio.create_task(self._claim_messages()), asyncio.create_task(self._keep_alive())]

    async def stop(self, timeout: float = 30.0) -> None:
        """Takes nothing new, gives what is being handled `timeout` seconds to end, then cancels it and gives it back to the hub."""
        if self._is_stopping or not self._loops:
            return
        self._is_stopping = True
        self._claims.hub.close()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks.values(), timeout=timeout)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        claiming, keeper = self._loops
        await claiming
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)
        await self._claims.close()
        if self._owns_hub:
            await self.hub.close()

    async def run(self) -> None:
        """Works until SIGINT or SIGTERM, then stops in order."""
        asked = asyncio.Event()
        for name in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(name, asked.set)
        await self.start()
        await asked.wait()
        await self.stop()

    async def __aenter__(self) -> "AsyncBaseModule":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def _register(self) -> None:
        await self.hub.register(self.name, self.descriptor())
        for channel in self.channels:
            await self.hub.subscribe(channel, self.name)

    async def _claim_messages(self) -> None:
        while not self._is_stopping:
            if len(self._tasks) >= self.concurrency:
                await asyncio.wait(self._tasks.values(), return_when=asyncio.FIRST_COMPLETED)
                continue
            try:
                free = min(self.concurrency - len(self._tasks), MOST_CLAIMED)
                items = await self._claims.claim(self.name, max=free, wait=POLL_SECONDS, lease_seconds=self.lease_seconds)
            except GrangerError as error:
                await self._recover(error)
                continue
            for claimed in items:
                if self._is_stopping:
                    await self._settle(claimed, self.hub.release(claimed))
                else:
                    self._begin(claimed)

    async def _recover(self, error: GrangerError) -> None:
        if self._is_stopping:
            return
        log.warning("%s cannot claim: %s", self.name, error)
        if isinstance(error, HubProblem) and error.code == "module_not_found":
            try:
                await self._register()
            except GrangerError as refusal:
                log.warning("%s cannot register: %s", self.name, refusal)
        await asyncio.sleep(PAUSE_SECONDS)

    def _begin(self, claimed: Claimed) -> None:
        delivery = claimed["delivery"]
        self._leases[delivery["id"]] = delivery["lease"]
        task = asyncio.create_task(self._work(claimed))
        self._tasks[delivery["id"]] = task
        task.add_done_callback(lambda _: self._forget(delivery["id"]))

    def _forget(self, id: str) -> None:
        self._tasks.pop(id, None)
        self._leases.pop(id, None)

    async def _work(self, claimed: Claimed) -> None:
        try:
            reply = await self._handle(claimed["message"])
        except asyncio.CancelledError:
            await self._settle(claimed, self.hub.release(claimed))
            raise
        except Exception as error:  # whatever a handler raises is the message's failure, not the module's
            log.exception("%s failed at %s", self.name, claimed["message"]["id"])
            await self._settle(claimed, self.hub.fail(claimed, **error_of(error)))
        else:
            await self._settle(claimed, self.hub.complete(claimed, reply))

    async def _handle(self, message: Message) -> Any:
        current_message.set(message)  # of this task alone
        handler = self._handler_of(message)
        if handler is not None:
            return await handler(message)
        return await (self.on_reply(message) if is_reply(message) else self.process(message["payload"]))

    async def _settle(self, claimed: Claimed, verb: Awaitable[Any]) -> None:
        try:
            await verb
        except GrangerError as error:
            # The lease ends by itself, and the next attempt begins: nothing is lost.
            expected = isinstance(error, HubProblem) and is_lease_lost(error)
            log.log(logging.INFO if expected else logging.ERROR, "%s: %s", claimed["message"]["id"], error)

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(min(self.heartbeat_seconds, self.lease_seconds / 3))
            try:
                if self._leases:
                    await self.hub.extend(list(self._leases.items()), self.lease_seconds)
                await self.hub.heartbeat(self.name)
            except GrangerError as error:
                log.warning("%s cannot give a sign of life: %s", self.name, error)
