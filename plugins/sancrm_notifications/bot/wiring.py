"""What a listener needs, from Airflow's connections and settings: bot, ledger, CRM, and what answers."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sancrm_notifications import connections, settings
from sancrm_notifications.bot.activation import Description, Profile
from sancrm_notifications.bot.commands import COMMANDS
from sancrm_notifications.bot.conversation import responder
from sancrm_notifications.bot.listening import Work
from sancrm_notifications.bot.messages import profile as words
from sancrm_notifications.channels.channel import DestinationError
from sancrm_notifications.channels.telegram.address import Address
from sancrm_notifications.delivery.destinations import addresses
from sancrm_notifications.delivery.switch import sending_switch
from sancrm_notifications.schedule.crons import time_zone
from sancrm_notifications.settings import BranchChat, Settings

if TYPE_CHECKING:
    from sancrm_notifications.bot.response import Respond
    from sancrm_notifications.ledger.claiming import Run


def work(run: Run, *, number: int | None = None, window_seconds: float | None = None) -> Work:
    """Return what a listener is to do; see the fields of :class:`Work`.

    :raises DestinationError: the connection ``telegram_default`` has no bot
    :raises AirflowNotFoundException: a database's connection does not exist
    :raises SettingsError: the Variable cannot be used
    """
    chosen = settings.load()
    staff = addresses(chosen, connections.telegram_connection)("staff")
    if not isinstance(staff, Address):
        raise DestinationError(
            "the bot listens on Telegram: Airflow connection telegram_default must be of type telegram"
        )
    office = BranchChat(chat_id=staff.chat_id, message_thread_id=staff.message_thread_id)
    return Work(
        conninfo=connections.ledger_conninfo(),
        bot=staff.bot,
        settings=chosen,
        responder=partial(_responder, connections.source_conninfo(), chosen, office),
        profile=Profile(
            COMMANDS, Description(words.description(chosen.company_name), words.short_description(chosen.company_name))
        ),
        run=run,
        is_sending=sending_switch(settings.load),
        number=number,
        window_seconds=window_seconds,
    )


def _responder(crm_conninfo: str, chosen: Settings, office: BranchChat, username: str) -> Respond:
    zone = ZoneInfo(time_zone())
    return responder(crm_conninfo, chosen, username, lambda: datetime.now(zone), office)
