"""Alerts the operators' chat that something of ours has failed, by whatever way is open; it never raises.

Through the ledger, so that no alert is repeated and one that Telegram did not take goes out later; straight to the
chat when the ledger is away; by e-mail when Telegram is. Source: docs/watching.md, When we ourselves fail.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import psycopg
from airflow.sdk.exceptions import AirflowNotFoundException
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from sancrm_notifications import connections, settings
from sancrm_notifications.alerts.messages import OPERATORS
from sancrm_notifications.alerts.rules import FAILURES, KEEP, due, is_known
from sancrm_notifications.channels.channel import DestinationError
from sancrm_notifications.delivery.batch import Delivery
from sancrm_notifications.delivery.destinations import addresses
from sancrm_notifications.delivery.errors import DeliveryError, SendingOffError
from sancrm_notifications.delivery.switch import sending_switch
from sancrm_notifications.delivery.without_ledger import send_unrecorded
from sancrm_notifications.errors.redaction import masked
from sancrm_notifications.ledger.claiming import Ledger, Order, Run
from sancrm_notifications.ledger.history import messages_since
from sancrm_notifications.ledger.outcome import Result
from sancrm_notifications.ledger.storing import store
from sancrm_notifications.schedule.crons import time_zone
from sancrm_notifications.text.buttons import links, stored
from sancrm_notifications.text.delivery_notes import plain_text

if TYPE_CHECKING:
    from sancrm_notifications.alerts.rules import Alert
    from sancrm_notifications.ledger.history import StoredMessage
    from sancrm_notifications.settings import Settings
    from sancrm_notifications.text.message import Message

log = logging.getLogger(__name__)

_CONNECT_SECONDS = "4"
_OUTSTANDING_SECONDS = 60.0
_OUTSTANDING = frozenset({"stored", "sending", "parked"})  # what was killed while it sent leaves «sending»
_OURSELVES = Run(FAILURES, FAILURES, 1)


class _NotInChatError(DeliveryError):
    """The alert did not reach the chat."""


_OUR_REASONS = (DeliveryError, DestinationError)


def send(alert: Alert) -> None:
    """Alert the operators once, and write the same into the log."""
    log.error("%s", masked(_plain(alert.message)))
    chosen = _settings()
    try:
        _through_telegram(alert, chosen)
    except SendingOffError as error:
        log.warning("the operators are not alerted: %s", error)
    except Exception as error:
        _log_failure("Telegram", error)
        _by_mail(alert.message, _reason(error), chosen)


def deliver_outstanding() -> None:
    """Send the alerts that are still in the ledger, because Telegram was away when they were stored; never raises."""
    try:
        conninfo = _ledger_conninfo()
        if any(one.state in _OUTSTANDING for one in _recent(conninfo)):
            asyncio.run(_deliver(conninfo, _settings(), _OUTSTANDING_SECONDS))
    except Exception as error:
        _log_failure("the operators' chat", error)


def _through_telegram(alert: Alert, chosen: Settings) -> None:
    """Bring the alert into the chat.

    :raises SendingOffError: nothing may leave
    :raises Exception: it is not in the chat, and why
    """
    try:
        conninfo = _ledger_conninfo()
        now = datetime.now(ZoneInfo(time_zone()))
        found = due(alert, _recent(conninfo), chosen.failures_per_hour, now)
        if found is None:
            return
        batch, message = found
        store(conninfo, batch, [message])
    except (psycopg.Error, AirflowNotFoundException) as error:
        _log_failure("the ledger", error)
        if not alert.needs_ledger:
            asyncio.run(_unrecorded(alert, chosen))
        return
    asyncio.run(_deliver(conninfo, chosen, alert.patience_seconds))
    if not is_known(batch, message, [one for one in _recent(conninfo) if one.is_in_chat]):
        raise _NotInChatError("Telegram did not take the message, the log above says why; it is still in the ledger")


def _recent(conninfo: str) -> list[StoredMessage]:
    return messages_since(conninfo, FAILURES, datetime.now(UTC) - KEEP)


async def _deliver(conninfo: str, chosen: Settings, patience_seconds: float) -> None:
    """Send all alerts that are in the ledger.

    :raises Exception: Telegram, the token, the ledger or the time did not allow it
    """
    ledger = Ledger(conninfo, Order(FAILURES), run=_OURSELVES, settings=chosen)
    delivery = Delivery(ledger, chosen, sending_switch(_settings))
    try:
        async with asyncio.timeout(patience_seconds):
            await delivery.run(addresses(chosen, connections.telegram_connection))
    except TimeoutError:
        raise _NotInChatError(f"the chat took no message within {patience_seconds:.0f} s") from None
    finally:
        await ledger.close()


async def _unrecorded(alert: Alert, chosen: Settings) -> None:
    """Send the alert straight to the chat.

    :raises SendingOffError: nothing may leave
    :raises Exception: it may not be in the chat, and why
    """
    if not chosen.sending:
        raise SendingOffError
    address = addresses(chosen, connections.telegram_connection)(OPERATORS)
    async with asyncio.timeout(alert.patience_seconds):
        outcome = await send_unrecorded(address, alert.message, is_protected=chosen.is_protected(OPERATORS))
    if outcome.result is not Result.SENT:
        raise _NotInChatError(outcome.advice or outcome.description)


def _by_mail(message: Message, why: str, chosen: Settings) -> None:
    """Send the alert by e-mail, if there is anybody to send it to."""
    if not chosen.operator_emails:
        log.error("no e-mail either: the setting operator_emails names nobody")
        return
    try:
        from sancrm_notifications.channels import mail

        mailboxes = mail.address(chosen.operator_emails)
        outcome = asyncio.run(send_unrecorded(mailboxes, message, f"Не доставлено в Telegram: {why}", tries=1))
    except Exception as error:
        _log_failure("e-mail", error)
    else:
        if outcome.result is Result.SENT:
            log.warning("the operators are alerted by e-mail")
        else:
            log.warning("e-mail could not be used for the alert: %s", outcome.description)


def _settings() -> Settings:
    """Return the settings, or all defaults where they cannot be read: of that too the operators must be alerted."""
    try:
        return settings.load()
    except settings.SettingsError as error:
        log.warning("%s; the defaults are used", error)
        return settings.Settings()


def _ledger_conninfo() -> str:
    """Return the ledger's connection string, with an end to the wait for a server that does not answer."""
    conninfo = connections.ledger_conninfo()
    given = conninfo_to_dict(conninfo)
    return make_conninfo(conninfo, connect_timeout=given.get("connect_timeout") or _CONNECT_SECONDS)


def _plain(message: Message) -> str:
    return plain_text(message.html, links(stored(message.buttons)))


def _reason(error: Exception) -> str:
    """Return why, in words that may be shown: a foreign error's own may hold a statement's values."""
    return masked(str(error)) if isinstance(error, _OUR_REASONS) else type(error).__name__


def _log_failure(what: str, error: Exception) -> None:
    """Log why a way was closed, and of an error that is not ours where it came from, in place of its words."""
    where = "" if isinstance(error, _OUR_REASONS) else "".join(["\n", *traceback.format_tb(error.__traceback__)])
    log.warning("%s could not be used for the alert: %s%s", what, _reason(error), where)
