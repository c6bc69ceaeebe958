"""Why a delivery ends before its messages are in their chats, and which of several reasons is reported."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sancrm_notifications.ledger.outcome import Outcome


class DeliveryError(Exception):
    """A delivery cannot go on. Its docstring is an error's sentence, unless another is given."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or " ".join(inspect.cleandoc(self.__doc__ or "").split()))


class TokenRefusedError(DeliveryError):
    """The channel does not accept who speaks: nothing can be sent before its connection is corrected."""

    @classmethod
    def of(cls, outcome: Outcome) -> TokenRefusedError:
        """Return the error with the channel's own advice and its server's words."""
        return cls(f"{outcome.advice}. It said: {outcome.description}" if outcome.advice else "")


class SendingOffError(DeliveryError):
    """The setting «sending» is off: everything is stored, nothing leaves; switch it on, then clear this task."""


class PostponedError(DeliveryError):
    """Messages are left that can be sent later; ``seconds`` says when it is worth trying, None when unknown."""

    def __init__(self, message: str, seconds: float | None = None) -> None:
        super().__init__(message)
        self.seconds = seconds


def urgency(failure: BaseException) -> tuple[int, float]:
    """Return what is reported of several failures: what a person must know first, then the soonest wait."""
    match failure:
        case SendingOffError() | TokenRefusedError():
            return 0, 0.0
        case PostponedError(seconds=None):
            return 2, 0.0
        case PostponedError():
            return 2, failure.seconds or 0.0
        case _:
            return 1, 0.0
