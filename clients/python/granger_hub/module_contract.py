"""What a module says of itself and which of its functions a message is for: the part that threads and asyncio have in common."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any, Callable, ClassVar, Dict, Generic, Mapping, Optional, Sequence, TypeVar

from .errors import WorkFailed
from .shapes import Descriptor, Message

Handler = TypeVar("Handler", bound=Callable[[Message], Any])

current_message: ContextVar[Optional[Message]] = ContextVar("granger_current_message", default=None)
"""The message that is being handled here."""


class ModuleContract(Generic[Handler]):
    """The attributes of a module class. All but `name` may be left out."""

    name: ClassVar[str] = ""
    version: ClassVar[str] = ""
    description: ClassVar[str] = ""
    system_prompt: ClassVar[str] = ""
    """What an agent that gets a message of this module should know of it."""
    capabilities: ClassVar[Sequence[str]] = ()
    consumes: ClassVar[Sequence[str]] = ()
    produces: ClassVar[Sequence[str]] = ()
    input_schema: ClassVar[Optional[Mapping[str, Any]]] = None
    """JSON Schema: the hub refuses a payload that does not fit it (422), so `process` never sees one."""
    output_schema: ClassVar[Optional[Mapping[str, Any]]] = None
    channels: ClassVar[Sequence[str]] = ()
    """Channels to subscribe to."""
    metadata: ClassVar[Mapping[str, Any]] = {}

    concurrency: ClassVar[int] = 1
    """How many messages are handled at the same time."""
    lease_seconds: ClassVar[int] = 60
    """After a crash the hub waits so long before it gives the message to another; while a handler works the lease is extended."""
    heartbeat_seconds: ClassVar[float] = 20.0

    def __init__(self) -> None:
        if not self.name:
            raise ValueError(f"{type(self).__name__} has no name: set the class attribute `name`.")
        self._handlers: Dict[str, Handler] = {}

    def register_handler(self, type: str, handler: Handler) -> None:
        """Messages of this type, replies too, go to `handler(message)` instead of to `process`; what it returns is the reply."""
        self._handlers[type] = handler

    def descriptor(self) -> Descriptor:
        """What the hub is told at registration."""
        fields = {
            "version": self.version,
            "description": self.description,
            "systemPrompt": self.system_prompt,
            "capabilities": list(self.capabilities),
            "dataTypes": {"consumes": list(self.consumes), "produces": list(self.produces)} if self.consumes or self.produces else {},
            "inputSchema": self.input_schema,
            "outputSchema": self.output_schema,
            "metadata": dict(self.metadata),
        }
        return {name: value for name, value in fields.items() if value or value is False}

    def _handler_of(self, message: Message) -> Optional[Handler]:
        return self._handlers.get(message["type"])


def is_reply(message: Message) -> bool:
    """Replies are not processed as requests are: two modules would answer each other for ever."""
    return "replyTo" in message


def error_of(error: Exception) -> Mapping[str, Any]:
    """How an exception of a handler is told to the hub."""
    if isinstance(error, WorkFailed):
        return {"message": str(error), "code": error.code, "retryable": error.retryable, "delay_seconds": error.delay_seconds}
    return {"message": str(error) or type(error).__name__, "code": type(error).__name__, "retryable": True}


def outgoing(target: str, message: str, data: Any, sender: str, options: Mapping[str, Any]) -> Dict[str, Any]:
    """What `send_to` sends: `message` says in words what is asked, the rest is data. What is sent while a message is handled belongs to
    the same correlation and the same trace."""
    if data is None:
        payload: Dict[str, Any] = {"message": message}
    elif isinstance(data, Mapping):
        payload = {**data, "message": message}
    else:
        payload = {"message": message, "data": data}
    return {"to": target, "payload": payload, "sender": sender, **_carried(), **options}


def _carried() -> Dict[str, Any]:
    handled = current_message.get()
    if handled is None:
        return {}
    carried: Dict[str, Any] = {"correlation_id": handled.get("correlationId") or handled["id"]}
    trace = {name: value for name, value in handled.get("headers", {}).items() if name in ("traceparent", "tracestate")}
    return {**carried, "headers": trace} if trace else carried
