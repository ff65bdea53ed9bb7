"""What can go wrong, as exceptions."""

from __future__ import annotations

from typing import Any, Mapping, Optional, Sequence


class GrangerError(Exception):
    """Base of all errors of this package."""


class HubUnreachable(GrangerError):
    """Nobody answers at the address, or the connection broke and it is not known whether the hub did what was asked."""


class HubProblem(GrangerError):
    """The hub refused: a problem document of RFC 9457. Decide by `code`, which is stable."""

    def __init__(self, status: int, problem: Mapping[str, Any], retry_after: Optional[float] = None) -> None:
        self.status = status
        self.code: str = problem.get("code", "unknown")
        self.detail: str = problem.get("detail") or problem.get("title") or f"The hub answered {status}."
        self.errors: Sequence[Mapping[str, str]] = problem.get("errors", ())
        self.retry_after = retry_after
        """Seconds after which it may be asked again, where the hub says so."""
        super().__init__(f"{self.detail} ({self.code}, {status})")


class NoReplyYet(GrangerError):
    """No reply came in time. It can still come: ask with `Hub.reply_to(message_id)`."""

    def __init__(self, message_id: str, wait: float) -> None:
        self.message_id = message_id
        super().__init__(f"No reply to {message_id} came within {wait:g} seconds.")


class EventsLost(GrangerError):
    """Events have gone by that are not kept any more: there is a gap before `oldest_seq`, where a new stream may begin."""

    def __init__(self, oldest_seq: int) -> None:
        self.oldest_seq = oldest_seq
        super().__init__(f"Events were lost; the oldest that the hub has is {oldest_seq}.")


class WorkFailed(GrangerError):
    """Raised by a handler: how its delivery fails. Any other exception fails it by its own name, to be tried again."""

    def __init__(self, code: str, message: str, *, retryable: bool = True, delay_seconds: Optional[float] = None) -> None:
        self.code = code
        self.retryable = retryable
        """False: no other attempt would end better, so it becomes a dead letter at once."""
        self.delay_seconds = delay_seconds
        super().__init__(message)
