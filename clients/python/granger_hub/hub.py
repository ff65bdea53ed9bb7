"""The hub, to be called from threads. `AsyncHub` has the same methods, to be awaited."""

from __future__ import annotations

import time
import uuid
from typing import Any, Iterable, List, Mapping, Optional, Sequence, Tuple, Union
from urllib.parse import quote

from .address import find_hub
from .connection import Connection
from .errors import HubProblem, NoReplyYet
from .event_stream import EventStream
from .shapes import Claimed, Descriptor, Message

MOST_WAIT_SECONDS = 60.0
"""The longest that the hub holds one request; longer waits are several."""

Held = Tuple[str, str]
"""A delivery's id and lease."""


class Hub:
    """A hub, found by `url` and `key`, by GRANGER_URL and GRANGER_KEY, or by the data folder of one on this machine.

    Thread-safe. Calls that may be repeated without harm are, when the connection breaks or the hub is away for a moment: a send carries an
    idempotency key, so that it is stored once however often it is sent.
    """

    def __init__(self, url: Optional[str] = None, key: Optional[str] = None) -> None:
        self._address = find_hub(url, key)
        self._connection = Connection(*self._address)

    @property
    def url(self) -> str:
        return self._address.url

    def again(self) -> "Hub":
        """The same hub by connections of its own, which are closed by themselves."""
        return Hub(*self._address)

    def __enter__(self) -> "Hub":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends every call that is under way, in any thread."""
        self._connection.close()

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: Optional[Mapping[str, Any]] = None,
        is_repeatable: Optional[bool] = None,
    ) -> Any:
        """Any other route of the hub: its JSON answer, or None. Only what changes nothing (or replaces) is repeated unless told."""
        repeatable = method != "POST" if is_repeatable is None else is_repeatable
        return self._connection.call(method, path, body, query=query, is_repeatable=repeatable).body

    # Modules

    def register(self, name: str, descriptor: Optional[Descriptor] = None) -> Descriptor:
        """Registers a module, or replaces its descriptor."""
        return self.call("PUT", f"/v1/modules/{_part(name)}", descriptor or {})

    def module(self, name: str) -> Descriptor:
        return self.call("GET", f"/v1/modules/{_part(name)}")

    def modules(
        self,
        *,
        capability: Optional[str] = None,
        consumes: Optional[str] = None,
        produces: Optional[str] = None,
        runtime: Optional[str] = None,
        status: Optional[str] = None,
        q: Optional[str] = None,
    ) -> List[Descriptor]:
        """All modules that fit."""
        query = {"capability": capability, "consumes": consumes, "produces": produces, "runtime": runtime, "status": status, "q": q}
        return list(self.pages("/v1/modules", query))

    def remove(self, name: str, *, force: bool = False) -> None:
        """With `force` its open deliveries become dead letters."""
        self.call("DELETE", f"/v1/modules/{_part(name)}", query={"force": "true"} if force else None)

    def heartbeat(self, name: str, *, status: Optional[str] = None, current_task: Optional[str] = None, metrics: Optional[Mapping[str, float]] = None) -> None:
        self.call(
            "POST",
            f"/v1/modules/{_part(name)}/heartbeat",
            _given(status=status, currentTask=current_task, metrics=metrics),
            is_repeatable=True,
        )

    def module_key(self, name: str, **options: Any) -> str:
        """A new key that acts as this module only."""
        return self.call("POST", f"/v1/modules/{_part(name)}/keys", options)["key"]

    def subscribe(self, channel: str, module: str) -> None:
        self.call("PUT", f"/v1/channels/{_part(channel)}/subscriptions/{_part(module)}")

    def unsubscribe(self, channel: str, module: str) -> None:
        self.call("DELETE", f"/v1/channels/{_part(channel)}/subscriptions/{_part(module)}")

    # Messages

    def send(
        self,
        to: Optional[str] = None,
        payload: Any = None,
        *,
        sender: Optional[str] = None,
        capability: Optional[str] = None,
        channel: Optional[str] = None,
        broadcast: Optional[bool] = None,
        type: Optional[str] = None,
        priority: Optional[int] = None,
        ttl_seconds: Optional[float] = None,
        delay_seconds: Optional[float] = None,
        max_attempts: Optional[int] = None,
        correlation_id: Optional[str] = None,
        conversation_id: Optional[str] = None,
        ordering_key: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
        signature: Optional[str] = None,
        track: Optional[bool] = None,
        idempotency_key: Optional[str] = None,
        wait: float = 0,
    ) -> Message:
        """Stores one message for a module, a capability or a channel; when this returns it will not get lost.

        `sender` may be left out with a module's key. `wait` (seconds, at most 60) adds the reply as `reply`, if it comes in time.
        """
        message = _given(
            to=to,
            payload=payload,
            capability=capability,
            channel=channel,
            broadcast=broadcast,
            type=type,
            priority=priority,
            ttlSeconds=ttl_seconds,
            delaySeconds=delay_seconds,
            maxAttempts=max_attempts,
            correlationId=correlation_id,
            conversationId=conversation_id,
            orderingKey=ordering_key,
            headers=headers,
            signature=signature,
            track=track,
            **{"from": sender},
        )
        return self._post_messages(message, idempotency_key, wait)

    def send_many(self, messages: Sequence[Mapping[str, Any]], *, idempotency_key: Optional[str] = None) -> List[Mapping[str, Any]]:
        """Up to 1000 messages as the contract writes them (`{"from", "to", "payload", ...}`) in one request.

        Answers one result each, in the same order: the stored message, or `{"problem": ...}`.
        """
        return self._post_messages(list(messages), idempotency_key, 0)["items"]

    def request(self, to: Optional[str] = None, payload: Any = None, *, wait: float = 30, **message: Any) -> Message:
        """Sends, and waits up to `wait` seconds (any number) for the reply. `message`: what `send` takes.

        Raises NoReplyYet when none came in time, and HubProblem `no_reply_coming` when none will.
        """
        end = time.monotonic() + wait
        sent = self.send(to, payload, wait=min(wait, MOST_WAIT_SECONDS), **message)
        reply = sent.get("reply") or self.reply_to(sent["id"], wait=max(end - time.monotonic(), 0))
        if reply is None:
            raise NoReplyYet(sent["id"], wait)
        return reply

    def reply_to(self, message_id: str, *, wait: float = 0) -> Optional[Message]:
        """The reply to a message, waiting up to `wait` seconds for it; None while there is none.

        Raises HubProblem `no_reply_coming` when none will come: the message is dead, expired or cancelled.
        """
        end = time.monotonic() + wait
        while True:
            seconds = min(max(end - time.monotonic(), 0), MOST_WAIT_SECONDS)
            path = f"/v1/messages/{_part(message_id)}/reply"
            reply = self._connection.call("GET", path, query={"wait": round(seconds, 3)}, wait=seconds).body
            if reply is not None or time.monotonic() >= end:
                return reply

    def reply(self, message_id: str, payload: Any, *, sender: Optional[str] = None, type: Optional[str] = None) -> Message:
        """Replies to a message without holding its delivery. Not repeated by itself: it would be a second reply."""
        return self.call("POST", f"/v1/messages/{_part(message_id)}/reply", _given(payload=payload, type=type, **{"from": sender}))

    def message(self, message_id: str) -> Message:
        """The message with its deliveries, its reply and its turn."""
        return self.call("GET", f"/v1/messages/{_part(message_id)}")

    def cancel(self, message_id: str) -> Any:
        return self.call("POST", f"/v1/messages/{_part(message_id)}/cancel", is_repeatable=True)

    # Deliveries

    def claim(
        self,
        module: str,
        *,
        max: int = 1,
        channels: Optional[Sequence[str]] = None,
        types: Optional[Sequence[str]] = None,
        wait: float = 0,
        lease_seconds: int = 60,
    ) -> List[Claimed]:
        """Leases up to `max` (500) deliveries, waiting up to `wait` (60) seconds for the first; an empty list when nothing came."""
        body = _given(max=max, channels=channels, types=types, waitSeconds=wait, leaseSeconds=lease_seconds)
        return self._connection.call("POST", f"/v1/modules/{_part(module)}/claim", body, wait=wait).body["items"]

    def complete(self, claimed: Claimed, reply: Any = None, *, type: Optional[str] = None) -> Any:
        """The work is done. A `reply` other than None is sent to the sender, in one transaction with it."""
        answer = None if reply is None else _given(payload=reply, type=type)
        return self._settle(claimed, "complete", _given(reply=answer))

    def fail(
        self, claimed: Claimed, message: str, *, code: str = "failed", retryable: bool = True, delay_seconds: Optional[float] = None
    ) -> Any:
        """The attempt failed: it is tried again later, or, where it is not retryable or none is left, becomes a dead letter."""
        error = {"code": code, "message": message[:8192]}
        return self._settle(claimed, "fail", _given(error=error, retryable=retryable, delaySeconds=delay_seconds))

    def release(self, claimed: Claimed, *, delay_seconds: Optional[float] = None) -> Any:
        """Gives it back untried."""
        return self._settle(claimed, "release", _given(delaySeconds=delay_seconds))

    def extend(self, held: Iterable[Held], lease_seconds: int = 60) -> List[Mapping[str, Any]]:
        """Holds leases longer, counted from now. A result each: the new `leaseExpiresAt`, or a `problem` where the lease is lost."""
        extend = [{"id": id, "lease": lease, "leaseSeconds": lease_seconds} for id, lease in held]
        return self.call("POST", "/v1/deliveries/batch", {"extend": extend}, is_repeatable=True)["extend"]

    # Watching

    def events(
        self,
        *,
        after: Optional[int] = None,
        types: Optional[str] = None,
        module: Optional[str] = None,
        conversation: Optional[str] = None,
        message: Optional[str] = None,
        turn: Optional[str] = None,
        task: Optional[str] = None,
    ) -> EventStream:
        """Events as they happen, each once and in order, over broken connections and restarts of the hub; after the event numbered
        `after`, or from now on. `types` are patterns with commas between: `message.*,turn.output`."""
        filter = {"types": types, "module": module, "conversation": conversation, "message": message, "turn": turn, "task": task}
        return EventStream(self._connection, filter, self.last_seq() if after is None else after)

    def last_seq(self) -> int:
        """The number of the newest event."""
        return self.stats()["events"]["lastSeq"]

    def stats(self) -> Mapping[str, Any]:
        return self.call("GET", "/v1/stats")

    def pages(self, path: str, query: Optional[Mapping[str, Any]] = None) -> Iterable[Any]:
        """Every item of a list, page by page."""
        cursor = None
        while True:
            page = self.call("GET", path, query={**(query or {}), "cursor": cursor})
            yield from page["items"]
            cursor = page.get("nextCursor")
            if cursor is None:
                return

    def _post_messages(self, body: Any, idempotency_key: Optional[str], wait: float) -> Any:
        headers = {"idempotency-key": idempotency_key or str(uuid.uuid4())}
        query = {"wait": round(wait, 3)} if wait > 0 else None
        return self._connection.call("POST", "/v1/messages", body, query=query, headers=headers, wait=wait).body

    def _settle(self, claimed: Claimed, verb: str, body: Mapping[str, Any]) -> Any:
        delivery = claimed["delivery"]
        path = f"/v1/deliveries/{_part(delivery['id'])}/{verb}"
        return self.call("POST", path, {"lease": delivery["lease"], **body}, is_repeatable=True)


def is_lease_lost(error: HubProblem) -> bool:
    """The lease is over, or the delivery is settled: whatever its holder still does changes nothing."""
    return error.code in ("lease_lost", "delivery_final")


def _given(**fields: Any) -> dict:
    return {name: value for name, value in fields.items() if value is not None}


def _part(name: Union[str, int]) -> str:
    return quote(str(name), safe="")
