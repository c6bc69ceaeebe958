"""``python -m tests.bot.listening.process CONNINFO URL NUMBER [POINT]``: a listener that may be killed, or kill itself.

Points: "before commit" (the effect is written), "after commit" (nothing is sent), "asking" (the request begins),
"answered" (Telegram has accepted, nothing is noted).
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

from sancrm_notifications.bot import answering, handling
from sancrm_notifications.bot.__main__ import listen
from sancrm_notifications.bot.listening import Work
from sancrm_notifications.channels.telegram.address import BotAddress
from sancrm_notifications.ledger.claiming import Ledger, Run
from sancrm_notifications.settings import Settings
from tests.bot.listening.responder import PROFILE, Responder
from tests.desk import LIMITS, TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable

POINTS = ("before commit", "after commit", "asking", "answered")


def main(conninfo: str, url: str, number: str, point: str = "") -> None:
    """Listen until SIGTERM, or until the point is reached."""
    match point:
        case "before commit":
            _die_before(handling, "require_lease")
        case "after commit":
            _die_before(answering.Answering, "send", lambda stored: bool(list(stored)))
        case "asking":
            _die_before(answering.LeasedChannel, "send")
        case "answered":
            _die_before(Ledger, "note")
    bot = BotAddress(TOKEN, url)
    run = Run("client_bot", "process", 1)
    settings = Settings(limits=LIMITS)
    work = Work(conninfo, bot, settings, lambda _: Responder(), PROFILE, run, number=int(number))
    print(asyncio.run(listen(work)))  # noqa: T201 - this is a command


def _die_before(owner: Any, name: str, is_reached: Callable[..., bool] = lambda *_: True) -> None:
    usual = getattr(owner, name)

    def dying(*arguments: Any, **named: Any) -> Any:
        if is_reached(*arguments[-1:]):
            os.kill(os.getpid(), signal.SIGKILL)
        return usual(*arguments, **named)

    setattr(owner, name, dying)


if __name__ == "__main__":
    main(*sys.argv[1:])
