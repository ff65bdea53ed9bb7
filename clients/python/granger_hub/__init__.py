"""Modules in Python for Granger Hub. `BaseModule` and `AsyncBaseModule` are modules; `Hub` and `AsyncHub` are for all else."""

from .async_hub import AsyncHub
from .async_module import AsyncBaseModule
from .base_module import BaseModule
from .errors import EventsLost, GrangerError, HubProblem, HubUnreachable, NoReplyYet, WorkFailed
from .event_stream import EventStream
from .hub import Hub, is_lease_lost
from .shapes import Claimed, Descriptor, Event, Lease, Message

__all__ = [
    "AsyncBaseModule",
    "AsyncHub",
    "BaseModule",
    "Claimed",
    "Descriptor",
    "Event",
    "EventStream",
    "EventsLost",
    "GrangerError",
    "Hub",
    "HubProblem",
    "HubUnreachable",
    "Lease",
    "Message",
    "NoReplyYet",
    "WorkFailed",
    "is_lease_lost",
]
