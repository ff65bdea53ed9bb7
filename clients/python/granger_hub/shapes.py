"""The shapes of the contract, as the hub sends them. Times are RFC 3339 in UTC."""

from __future__ import annotations

import sys
from typing import Any, Dict, List

if sys.version_info >= (3, 11):
    from typing import NotRequired, TypedDict
else:
    from typing import TypedDict

    class _Optional:
        def __getitem__(self, shape: Any) -> Any:
            return shape

    NotRequired = _Optional()

# `from` is a word of Python, so this one is written as a call.
Message = TypedDict(
    "Message",
    {
        "id": str,
        "seq": int,
        "type": str,
        "from": str,
        "to": NotRequired[str],
        "capability": NotRequired[str],
        "channel": NotRequired[str],
        "broadcast": NotRequired[bool],
        "priority": int,
        "payload": Any,
        "correlationId": NotRequired[str],
        "conversationId": NotRequired[str],
        "orderingKey": NotRequired[str],
        "replyTo": NotRequired[str],
        "headers": NotRequired[Dict[str, str]],
        "signature": NotRequired[str],
        "createdAt": str,
        "expiresAt": NotRequired[str],
        "replayed": NotRequired[bool],
        "deliveries": NotRequired[List[Dict[str, Any]]],
        "reply": NotRequired["Message"],  # type: ignore[misc]
    },
)


class Lease(TypedDict):
    """The right to work on a delivery until a time; every later verb shows `lease`."""

    id: str
    lease: str
    attempt: int
    maxAttempts: int
    leaseExpiresAt: str
    replayed: NotRequired[bool]


class Claimed(TypedDict):
    delivery: Lease
    message: Message


class Event(TypedDict):
    seq: int
    type: str
    at: str
    subject: Dict[str, Any]
    data: Dict[str, Any]


Descriptor = Dict[str, Any]
