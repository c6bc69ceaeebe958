"""Reads the CRM's book of backups; that it cannot be read is an answer for staff, not an error.

What is said of a fault names no server, no login and no password, and quotes no row: neither to staff nor in the log.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

import psycopg
from airflow.sdk.exceptions import AirflowNotFoundException

from sancrm_notifications import databases
from sancrm_notifications.connections import SOURCE, DatabaseConnectionError, source_conninfo
from sancrm_notifications.crm import reading
from sancrm_notifications.errors.databases import Outage, is_outage, outage
from sancrm_notifications.errors.redaction import kind
from sancrm_notifications.notifications.backup_failures.facts import Fault
from sancrm_notifications.time_limit import in_time

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeVar

    Answer = TypeVar("Answer")

log = logging.getLogger(__name__)

# A server that restarts is back by then; of one that is not the chat is notified.
PAUSE_SECONDS = 30.0
_USE = databases.Use(databases.SOURCE.application, is_reading=True, statement_seconds=60)
# A server that freezes keeps none of its own: both tries and the pause end within the task's five minutes.
_ANSWER_SECONDS = 90.0

_UNREACHABLE = {
    Outage.REFUSED: "сервер не принимает подключения",
    Outage.STOPPED: "сервер не запущен",
    Outage.SILENT: "сервер не отвечает",
    Outage.LOGIN: f"сервер не пускает: проверьте логин и пароль в подключении {SOURCE}",
    Outage.RULES: f"сервер не пускает: проверьте его правила доступа и подключение {SOURCE}",
    Outage.NO_HOST: "имя сервера не найдено",
    Outage.STARTING: "сервер запускается",
    Outage.STOPPING: "сервер выключается",
    Outage.FULL: "у сервера заняты все подключения",
    Outage.MISSING: f"нет такой базы данных или такого пользователя: проверьте подключение {SOURCE}",
    Outage.OPTIONS: f"пулер не принимает options: уберите их из подключения {SOURCE}",
    Outage.SETTING: f"сервер не знает того, что сказано в options: проверьте подключение {SOURCE}",
    Outage.BEHIND: "пулер не может достучаться до сервера",
    Outage.SERVICE: f"не найден service: проверьте подключение {SOURCE}",
    Outage.VALUE: f"неверное значение в Extra: проверьте подключение {SOURCE}",
    Outage.BINDING: f"сервер не умеет channel_binding: проверьте подключение {SOURCE}",
    Outage.NO_TLS: f"сервер не шифрует соединение: проверьте sslmode в подключении {SOURCE}",
    Outage.CERTIFICATE: f"сертификату сервера нет доверия: проверьте подключение {SOURCE}",
    Outage.ROLE_OF_SERVER: f"среди серверов нет подходящего: проверьте подключение {SOURCE}",
    Outage.OTHER: "сбой соединения",
}
_UNREADABLE: tuple[tuple[type[psycopg.Error], str], ...] = (
    (psycopg.errors.QueryCanceled, "reporting.backups не читается за минуту"),
    (psycopg.errors.UndefinedTable, "нет представления reporting.backups"),
    (psycopg.errors.InsufficientPrivilege, "нет права читать reporting.backups"),
    (psycopg.errors.UndefinedColumn, "в reporting.backups не хватает столбца"),
)


def read(statement: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]] | Fault:
    """Return the rows of a query on the CRM's database, or why there are none."""
    try:
        return once_more(lambda: _run(statement, parameters))
    except AirflowNotFoundException as error:
        log.warning("%s", error)
        return Fault("unreachable", f"в Airflow нет подключения {SOURCE}")
    except DatabaseConnectionError as error:
        log.warning("%s", error)
        return Fault("unreachable", f"в подключении {SOURCE} есть ошибка: её называет журнал задачи")
    except psycopg.Error as error:
        log.warning("connection %s: %s", SOURCE, kind(error))
        return fault(error)


def once_more(ask: Callable[[], Answer]) -> Answer:
    """Return an answer of a database, asked a second time after a pause if it is away.

    :raises psycopg.OperationalError: it was away both times
    """
    try:
        return ask()
    except psycopg.OperationalError as error:
        log.info("asking again in %.0f s after %s", PAUSE_SECONDS, type(error).__name__)
        time.sleep(PAUSE_SECONDS)
        return ask()


def fault(error: psycopg.Error) -> Fault:
    """Return in words for staff what a database's error means."""
    for unreadable, words in _UNREADABLE:
        if isinstance(error, unreadable):
            return Fault("unreadable", words)
    if not is_outage(error):
        return Fault("unreadable", f"reporting.backups читается с ошибкой (SQLSTATE {error.sqlstate})")
    return Fault("unreachable", _UNREACHABLE[outage(error)])


def _run(statement: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    conninfo = source_conninfo()
    try:
        return in_time(_ANSWER_SECONDS, lambda: reading.rows(conninfo, statement, parameters, _USE))
    except TimeoutError:
        raise psycopg.errors.ConnectionTimeout("timeout expired") from None
