"""The typography of what the bot says, once for all texts."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, ParamSpec

from sancrm_notifications.text.russian import tied

if TYPE_CHECKING:
    from collections.abc import Callable

Facts = ParamSpec("Facts")


def typeset(words: Callable[Facts, str]) -> Callable[Facts, str]:
    """Have a function's text returned with its short words tied to what follows."""

    @wraps(words)
    def set_words(*args: Facts.args, **kwargs: Facts.kwargs) -> str:
        return tied(words(*args, **kwargs))

    return set_words
