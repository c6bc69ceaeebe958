"""Tells the operators' chat that something of ours has failed, by whatever way is open; it never raises.

Through the ledger, so that news told once stays told and news that Telegram did not take goes out later; straight to
the chat when the ledger is away; by e-mail when Telegram is. Source: docs/watching.md, When we ourselves fail.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import psycopg
from airflow.sdk.exceptions import AirflowNotFoundException
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from sancrm_notifications import connections, settings
from sancrm_notifications.alerts.messages import OPERATORS, TOO_MANY, TroubledRun, too_many
from sancrm_notifications.channels.channel import DestinationError
from sancrm_notifications.delivery.batch import Delivery
from sancrm_notifications.delivery.destinations import addresses
from sancrm_notifications.delivery.errors import PostponedError, SendingOffError, TokenRefusedError
from sancrm_notifications.delivery.switch import sending_switch
from sancrm_notifications.delivery.without_ledger import send_unrecorded
from sancrm_notifications.errors.redaction import masked
from sancrm_notifications.ledger.claiming import Ledger, Order, Run
from sancrm_notifications.ledger.history import notified
from sancrm_notifications.ledger.outcome import Result
from sancrm_notifications.ledger.storing import Batch, store
from sancrm_notifications.schedule.crons import time_zone
from sancrm_notifications.secrets_backends import SecretsBackendError, UnreadableError
from sancrm_notifications.text.delivery_notes import plain_text

if TYPE_CHECKING:
    from sancrm_notifications.ledger.history import Notified
    from sancrm_notifications.settings import Settings
    from sancrm_notifications.text.message import Message

log = logging.getLogger(__name__)

FAILURES = "failures"
"""The notification, and the one batch of all news: what could not be sent goes out with whatever comes next."""
KEEP = timedelta(days=1)
_CONNECT_SECONDS = "4"
_OUTSTANDING_SECONDS = 60.0
_OUTSTANDING = frozenset({"stored", "sending", "parked"})  # what was killed while it sent leaves «sending»
_OURSELVES = Run(FAILURES, FAILURES, 1)


@dataclass(frozen=True, slots=True)
class News:
    """A message about a run.

    ``patience_seconds`` is how long the chat may keep whoever brings it; ``only_if_untold`` drops it when something
    about the same run was told before; with ``needs_ledger`` it is not told where nobody knows whether it was.
    """

    run: TroubledRun
    message: Message
    patience_seconds: float
    only_if_untold: bool = False
    needs_ledger: bool = False


class _NotInChatError(Exception):
    """The news did not reach the chat; the text says why."""


_UNREADABLE = (SecretsBackendError, UnreadableError)
_OUR_REASONS = (_NotInChatError, PostponedError, TokenRefusedError, DestinationError, *_UNREADABLE)


def tell(news: News) -> None:
    """Tell the operators once, and write the same into the log."""
    log.error("%s", masked(_plain(news.message)))
    chosen = _settings()
    try:
        _through_telegram(news, chosen)
    except SendingOffError as error:
        log.warning("the operators are not told: %s", error)
    except Exception as error:
        _log_failure("Telegram", error)
        _by_mail(news.message, _reason(error), chosen)


def deliver_outstanding() -> None:
    """Send the news that is still in the ledger, because Telegram was away when it was stored; never raises."""
    try:
        conninfo = _ledger_conninfo()
        if any(one.state in _OUTSTANDING for one in _told_of_late(conninfo)):
            asyncio.run(_deliver(conninfo, _settings(), _OUTSTANDING_SECONDS))
    except Exception as error:
        _log_failure("the operators' chat", error)


def _through_telegram(news: News, chosen: Settings) -> None:
    """Bring the news into the chat.

    :raises SendingOffError: nothing may leave
    :raises Exception: it is not in the chat, and why
    """
    try:
        conninfo = _ledger_conninfo()
        batch, message = _what_to_tell(news, _told_of_late(conninfo), chosen)
        if batch is None:
            return
        store(conninfo, batch, [message])
    except (psycopg.Error, AirflowNotFoundException, *_UNREADABLE) as error:
        _log_failure("the ledger", error)
        if not news.needs_ledger:
            asyncio.run(_unrecorded(news, chosen))
        return
    asyncio.run(_deliver(conninfo, chosen, news.patience_seconds))
    if not any(_is_about(one, batch.period, message) and one.is_in_chat for one in _told_of_late(conninfo)):
        raise _NotInChatError("Telegram did not take the message, the log above says why; it is still in the ledger")


def _what_to_tell(news: News, told_of_late: list[Notified], chosen: Settings) -> tuple[Batch | None, Message]:
    """Return the message to store and its batch: the news, a word that there is too much of it, or no batch at all."""
    batch = _batch(news.run, f"{news.run.dag_id}.{news.run.run_id}")
    message = news.message
    about_run = [one for one in told_of_late if one.period == batch.period]
    if (about_run and news.only_if_untold) or any(_is_about(one, batch.period, message) for one in about_run):
        log.info("the operators were told before: %s, %s", batch.period, message.subject)
        return None, message
    now = datetime.now(ZoneInfo(time_zone()))
    since = now.replace(minute=0, second=0, microsecond=0)
    if sum(one.subject != TOO_MANY and one.stored_at >= since for one in told_of_late) < chosen.failures_per_hour:
        return batch, message
    until = since + timedelta(hours=1)
    batch = _batch(news.run, until.isoformat())
    message = too_many(chosen.failures_per_hour, until, news.run.airflow_url)
    if any(_is_about(one, batch.period, message) for one in told_of_late):
        log.warning("too many failures within an hour: the operators were told so, not of this one")
        return None, message
    return batch, message


def _is_about(one: Notified, period: str, message: Message) -> bool:
    return (one.period, one.subject) == (period, message.subject)


def _batch(run: TroubledRun, period: str) -> Batch:
    return Batch(FAILURES, period, FAILURES, KEEP, dag_id=run.dag_id, run_id=run.run_id)


def _told_of_late(conninfo: str) -> list[Notified]:
    return notified(conninfo, FAILURES, datetime.now(UTC) - KEEP)


async def _deliver(conninfo: str, chosen: Settings, patience_seconds: float) -> None:
    """Send all news that is in the ledger.

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


async def _unrecorded(news: News, chosen: Settings) -> None:
    """Send the news straight to the chat.

    :raises SendingOffError: nothing may leave
    :raises Exception: it may not be in the chat, and why
    """
    if not chosen.sending:
        raise SendingOffError
    address = addresses(chosen, connections.telegram_connection)(OPERATORS)
    async with asyncio.timeout(news.patience_seconds):
        outcome = await send_unrecorded(address, news.message, is_protected=chosen.is_protected(OPERATORS))
    if outcome.result is not Result.SENT:
        raise _NotInChatError(outcome.advice or outcome.description)


def _by_mail(message: Message, why: str, chosen: Settings) -> None:
    """Send the news by e-mail, if there is anybody to send it to."""
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
            log.warning("the operators are told by e-mail")
        else:
            log.warning("e-mail could not be used for the news: %s", outcome.description)


def _settings() -> Settings:
    """Return the settings, or all defaults where they cannot be read: that too must be told."""
    try:
        return settings.load()
    except (settings.SettingsError, SecretsBackendError) as error:
        log.warning("%s; the defaults are used", error)
        return settings.Settings()


def _ledger_conninfo() -> str:
    """Return the ledger's connection string, with an end to the wait for a server that does not answer."""
    conninfo = connections.ledger_conninfo()
    given = conninfo_to_dict(conninfo)
    return make_conninfo(conninfo, connect_timeout=given.get("connect_timeout") or _CONNECT_SECONDS)


def _plain(message: Message) -> str:
    return plain_text(message.html, [(button.text, button.url) for row in message.buttons for button in row])


def _reason(error: Exception) -> str:
    """Return why, in words that may be shown: a foreign error's own may hold a statement's values."""
    return masked(str(error)) if isinstance(error, _OUR_REASONS) else type(error).__name__


def _log_failure(what: str, error: Exception) -> None:
    """Log why a way was closed, and of an error that is not ours where it came from, in place of its words."""
    where = "" if isinstance(error, _OUR_REASONS) else "".join(["\n", *traceback.format_tb(error.__traceback__)])
    log.warning("%s could not be used for the news: %s%s", what, _reason(error), where)
