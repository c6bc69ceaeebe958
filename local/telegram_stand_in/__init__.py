"""A stand-in for Telegram: the Bot API over HTTP, with a page that shows the chats as a phone would.

Run it as a program::

    python -m local.telegram_stand_in --port 8081 --state FILE.sqlite --chat -1001=Штаб --token 42:TEST

or inside a test::

    with StandIn(time_scale=0.05, chats={-1001: "Штаб"}, tokens={"42:TEST"}) as stand_in:
        bot = telegram.Bot("42:TEST", base_url=stand_in.base_url)

It refuses what Telegram refuses, in the same words, keeps Telegram's limits, and goes wrong as planned.  What can be
looked at and changed from outside is described in ``control.py``.
"""

from local.telegram_stand_in.control_client import ControlClient
from local.telegram_stand_in.running import StandIn

__all__ = ["ControlClient", "StandIn"]
