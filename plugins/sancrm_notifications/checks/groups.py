"""The kinds of check by what they look at; each group is a task of the DAG and a part of the command's report."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sancrm_notifications import connections
from sancrm_notifications.checks.bot_api import bot_api_lines
from sancrm_notifications.checks.clocks import clock_lines
from sancrm_notifications.checks.configuration import crm_address_lines, mail_lines, variable_lines
from sancrm_notifications.checks.events import event_lines
from sancrm_notifications.checks.ledger import ledger_lines
from sancrm_notifications.checks.listener import listener_lines
from sancrm_notifications.checks.options import option_lines
from sancrm_notifications.checks.running import Check
from sancrm_notifications.checks.source import contract_lines, named_lines
from sancrm_notifications.checks.timetables import calendar_lines, schedule_lines

if TYPE_CHECKING:
    from datetime import datetime

_RECENT_SECONDS = 120.0
_EVERYTHING_SECONDS = 1800.0


def groups(since: datetime | None) -> dict[str, tuple[Check, ...]]:
    """Return the checks of each group; of the CRM's rows those from ``since`` on, None: every row."""
    seconds = _EVERYTHING_SECONDS if since is None else _RECENT_SECONDS
    return {
        "configuration": (
            Check("Variable", variable_lines),
            Check("options", option_lines),
            Check("schedules", schedule_lines),
            Check("calendar", calendar_lines),
            Check("crm_base_url", crm_address_lines),
            Check("e-mail", mail_lines),
        ),
        "telegram": (Check("Telegram", bot_api_lines, 180), Check("the bot that listens", listener_lines, 100)),
        "databases": (
            Check("ledger", ledger_lines),
            Check("clock of the ledger", partial(clock_lines, "the ledger", connections.ledger_conninfo)),
            Check("events", event_lines),
            Check("clock of the CRM", partial(clock_lines, "the CRM", connections.source_conninfo)),
        ),
        "contract": (
            # A statement that is too slow ends a little earlier than the check, and is then named.
            Check("contract", partial(contract_lines, since, seconds / 2), seconds),
            Check("what the settings name", partial(named_lines, since, seconds / 2), seconds),
        ),
    }
