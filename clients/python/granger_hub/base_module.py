"""A module that works in threads."""

from __future__ import annotations

import logging
import signal
import threading
from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, Dict, Optional

from .errors import GrangerError, HubProblem
from .hub import Hub, is_lease_lost
from .module_contract import ModuleContract, current_message, error_of, is_reply, outgoing
from .shapes import Claimed, Message

log = logging.getLogger("granger_hub")

POLL_SECONDS = 30.0
MOST_CLAIMED = 500
PAUSE_SECONDS = 1.0


class BaseModule(ModuleContract[Callable[[Message], Any]], ABC):
    """Subclass it, give it a `name` and a `process`, and `run()` it.

    It registers itself, claims its messages, replies with what `process` returns, gives signs of life, and keeps the lease of each message
    while it works. What `process` raises fails the attempt, and the hub tries again later; `WorkFailed` says more.
    """

    def __init__(self, hub: Optional[Hub] = None, *, url: Optional[str] = None, key: Optional[str] = None) -> None:
        super().__init__()
        self._owns_hub = hub is None
        self.hub = hub or Hub(url, key)
        self._claims = self.hub.again()
        self._held: Dict[str, Claimed] = {}
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._over = threading.Event()
        self._workers = ThreadPoolExecutor(self.concurrency, f"{self.name}-worker")
        self._threads = [
            threading.Thread(target=self._claim_messages, name=f"{self.name}-claim"),
            threading.Thread(target=self._keep_alive, name=f"{self.name}-keeper"),
        ]

    @abstractmethod
    def process(self, data: Any) -> Any:
        """The payload of a request in, the payload of its reply out; None: no reply."""

    def on_reply(self, message: Message) -> None:
        """A reply to what was sent without waiting. Does nothing unless overridden; a type of its own can have a handler too."""

    def send_to(self, target: str, message: str, data: Any = None, *, wait: Optional[float] = None, **options: Any) -> Message:
        """Sends `{"message": message, **data}` to a module. With `wait` (seconds) it returns the reply (see `Hub.request`), else the
        stored message. `options`: what `Hub.send` takes."""
        fields = outgoing(target, message, data, self.name, options)
        return self.hub.send(**fields) if wait is None else self.hub.request(wait=wait, **fields)

    def start(self) -> None:
        """Registers, and begins to work in threads of its own."""
        self._register()
        for thread in self._threads:
            thread.start()

    def stop(self, timeout: float = 30.0) -> None:
        """Takes nothing new, gives what is being handled `timeout` seconds to end, and gives the rest back to the hub."""
        self._stopping.set()
        self._claims.close()
        with self._changed:
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._held, timeout)
            left = list(self._held.values())
        for claimed in left:
            self._settle(claimed, lambda held: self.hub.release(held))
        self._over.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()
        self._workers.shutdown(wait=not left)
        if self._owns_hub:
            self.hub.close()

    def run(self) -> None:
        """Works until SIGINT or SIGTERM, then stops in order."""
        asked = threading.Event()
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, lambda *_: asked.set())
        self.start()
        asked.wait()
        self.stop()

    def __enter__(self) -> "BaseModule":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _register(self) -> None:
        self.hub.register(self.name, self.descriptor())
        for channel in self.channels:
            self.hub.subscribe(channel, self.name)

    def _claim_messages(self) -> None:
        while not self._stopping.is_set():
            with self._changed:
                self._changed.wait_for(lambda: len(self._held) < self.concurrency or self._stopping.is_set())
                free = min(self.concurrency - len(self._held), MOST_CLAIMED)
            for claimed in self._claim(free):
                self._hold(claimed)

    def _claim(self, free: int) -> "list[Claimed]":
        if self._stopping.is_set():
            return []
        try:
            return self._claims.claim(self.name, max=free, wait=POLL_SECONDS, lease_seconds=self.lease_seconds)
        except GrangerError as error:
            if not self._stopping.is_set():
                log.warning("%s cannot claim: %s", self.name, error)
                self._recover(error)
            return []

    def _recover(self, error: GrangerError) -> None:
        if isinstance(error, HubProblem) and error.code == "module_not_found":
            try:
                self._register()
            except GrangerError as refusal:
                log.warning("%s cannot register: %s", self.name, refusal)
        self._stopping.wait(PAUSE_SECONDS)

    def _hold(self, claimed: Claimed) -> None:
        if self._stopping.is_set():
            self._settle(claimed, lambda held: self.hub.release(held))
            return
        with self._changed:
            self._held[claimed["delivery"]["id"]] = claimed
        self._workers.submit(self._work, claimed)

    def _work(self, claimed: Claimed) -> None:
        try:
            reply = self._handle(claimed["message"])
        except Exception as error:  # whatever a handler raises is the message's failure, not the module's
            log.exception("%s failed at %s", self.name, claimed["message"]["id"])
            failure = error_of(error)
            self._settle(claimed, lambda held: self.hub.fail(held, **failure))
        else:
            self._settle(claimed, lambda held: self.hub.complete(held, reply))
        finally:
            with self._changed:
                self._held.pop(claimed["delivery"]["id"], None)
                self._changed.notify_all()

    def _handle(self, message: Message) -> Any:
        current_message.set(message)
        try:
            handler = self._handler_of(message)
            if handler is not None:
                return handler(message)
            return self.on_reply(message) if is_reply(message) else self.process(message["payload"])
        finally:
            current_message.set(None)

    def _settle(self, claimed: Claimed, verb: Callable[[Claimed], Any]) -> None:
        try:
            verb(claimed)
        except GrangerError as error:
            # The lease ends by itself, and the next attempt begins: nothing is lost.
            expected = isinstance(error, HubProblem) and is_lease_lost(error)
            log.log(logging.INFO if expected else logging.ERROR, "%s: %s", claimed["message"]["id"], error)

    def _keep_alive(self) -> None:
        while not self._over.wait(min(self.heartbeat_seconds, self.lease_seconds / 3)):
            with self._changed:
                held = [(id, claimed["delivery"]["lease"]) for id, claimed in self._held.items()]
            try:
                if held:
                    self.hub.extend(held, self.lease_seconds)
                self.hub.heartbeat(self.name)
            except GrangerError as error:
                log.warning("%s cannot give a sign of life: %s", self.name, error)
