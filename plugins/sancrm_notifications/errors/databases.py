"""Why a connection to a database failed, told by its SQLSTATE, and by its words where there is none.

While a connection is being made libpq gives words alone, in the language of the server's ``lc_messages`` or the
client's; those here are of English and Russian servers.  The words themselves name the server and the login: they are
read here and shown nowhere.  Source: PostgreSQL, Appendix A, PostgreSQL Error Codes.
"""

from __future__ import annotations

from enum import StrEnum

import psycopg

from sancrm_notifications.errors.redaction import kind


class Outage(StrEnum):
    """Why nothing can be asked, in words for the log."""

    REFUSED = "the server takes no connections"
    STOPPED = "the server is not running"
    SILENT = "the server does not answer"
    LOGIN = "the server does not accept login and password"
    RULES = "the server's pg_hba.conf does not allow the connection"
    NO_HOST = "the server's name is not found"
    STARTING = "the server is starting"
    STOPPING = "the server is being stopped"
    FULL = "all connections of the server are taken"
    MISSING = "there is no such database or role"
    OPTIONS = "what stands before the server, a pooler, takes no «options»"
    SETTING = "the server does not know a setting that «options» names, or its value"
    BEHIND = "the pooler does not reach the server behind it"
    SERVICE = "its service is not found in the service file"
    VALUE = "a value of its Extra is none that libpq knows"
    BINDING = "channel_binding is required, and what answers cannot do it"
    NO_TLS = "an encrypted connection is required, and what answers has none"
    CERTIFICATE = "the certificate of what answers is not trusted, or its file is not found"
    ROLE_OF_SERVER = "no server of its hosts is what target_session_attrs asks for"
    OTHER = "the connection failed"


_BY_SQLSTATE = {
    "28P01": Outage.LOGIN,
    "28000": Outage.RULES,
    "3D000": Outage.MISSING,
    "53300": Outage.FULL,
    "57P01": Outage.STOPPING,
    "57P02": Outage.STOPPING,
    "57P03": Outage.STARTING,
}
# The first of these parts that the words hold decides. Some are PgBouncer's and Odyssey's own.
_BY_WORDS = (
    ("unsupported startup parameter", Outage.OPTIONS),
    ("unrecognized configuration parameter", Outage.SETTING),
    ("нераспознанный параметр конфигурации", Outage.SETTING),
    ("invalid value for parameter", Outage.SETTING),
    ("definition of service", Outage.SERVICE),
    ("service file", Outage.SERVICE),
    ("channel binding", Outage.BINDING),
    ("does not support ssl", Outage.NO_TLS),
    ("ssl required", Outage.NO_TLS),
    ("certificate", Outage.CERTIFICATE),
    ("сертификат", Outage.CERTIFICATE),
    ("target_session_attrs value", Outage.VALUE),
    ("value for connection option", Outage.VALUE),
    ("value: ", Outage.VALUE),
    ("server is not in hot standby mode", Outage.ROLE_OF_SERVER),
    ("server is in hot standby mode", Outage.ROLE_OF_SERVER),
    ("session is read-only", Outage.ROLE_OF_SERVER),
    ("session is not read-only", Outage.ROLE_OF_SERVER),
    # Before the pooler's own words, in which the server's may stand: «server login failed: FATAL: database …».
    ("authentication failed", Outage.LOGIN),
    ("no password supplied", Outage.LOGIN),
    ("пароль не был передан", Outage.LOGIN),
    ("проверку подлинности", Outage.LOGIN),
    ("no such database", Outage.MISSING),
    ("no such user", Outage.MISSING),
    ("does not exist", Outage.MISSING),
    ("не существует", Outage.MISSING),
    ("cannot connect to server", Outage.BEHIND),
    ("server login failed", Outage.BEHIND),
    ("server_login_retry", Outage.BEHIND),
    ("server down", Outage.BEHIND),
    ("no more connections", Outage.FULL),
    ("query_wait_timeout", Outage.FULL),
    ("route for", Outage.MISSING),
    ("connection refused", Outage.REFUSED),
    ("в соединении отказано", Outage.REFUSED),
    ("no such file or directory", Outage.STOPPED),
    ("нет такого файла или каталога", Outage.STOPPED),
    ("timeout expired", Outage.SILENT),
    ("timed out", Outage.SILENT),
    ("тайм-аут", Outage.SILENT),
    ("время ожидания", Outage.SILENT),
    ("pg_hba.conf", Outage.RULES),
    ("translate host name", Outage.NO_HOST),
    ("resolve host", Outage.NO_HOST),
    ("преобразовать имя", Outage.NO_HOST),
    # The operating system's own words, which psycopg passes on before 3.3.
    ("name or service not known", Outage.NO_HOST),
    ("name resolution", Outage.NO_HOST),
    ("no address associated", Outage.NO_HOST),
    ("nodename nor servname", Outage.NO_HOST),
    ("starting up", Outage.STARTING),
    ("recovery mode", Outage.STARTING),
    ("not yet accepting", Outage.STARTING),
    ("система баз данных запускается", Outage.STARTING),
    ("режиме восстановления", Outage.STARTING),
    ("shutting down", Outage.STOPPING),
    ("система баз данных останавливается", Outage.STOPPING),
    ("too many", Outage.FULL),
    ("remaining connection slots", Outage.FULL),
    ("слишком много", Outage.FULL),
    ("слоты подключений", Outage.FULL),
)


_START = "start PostgreSQL, or correct host, port, login, password and schema of {connection}"
_REMEDIES = {
    # PgBouncer keeps logins waiting (server_login_retry) after one that the server has refused.
    Outage.SILENT: f"{_START}; where a pooler stands before it, its log says what the server refuses",
    Outage.LOGIN: "correct login and password of {connection}",
    Outage.RULES: "correct login and schema of {connection}, or let this machine in: pg_hba.conf of the server",
    Outage.FULL: "let the server, or its pooler, take more connections, or close those that nobody needs",
    Outage.MISSING: "correct schema and login of {connection}, or create them on the server",
    Outage.OPTIONS: "take «options» out of the Extra of {connection}; alter role … set … does the same on the server",
    Outage.SETTING: "correct «options» in the Extra of {connection}",
    Outage.BEHIND: "look at the log of the pooler, then at the server",
    Outage.SERVICE: (
        "correct «service» in the Extra of {connection}, or the file ~/.pg_service.conf (PGSERVICEFILE) of the user"
        " that Airflow runs as, on each machine"
    ),
    Outage.VALUE: "look at sslmode, channel_binding, target_session_attrs and the numbers in the Extra of {connection}",
    Outage.BINDING: "take channel_binding out of the Extra of {connection}, or let the server use SSL and SCRAM",
    Outage.NO_TLS: "take sslmode out of the Extra of {connection}, or let the server, or its pooler, use SSL",
    Outage.CERTIFICATE: "correct sslmode and sslrootcert in the Extra of {connection}; each machine needs the file",
    Outage.ROLE_OF_SERVER: "correct host or target_session_attrs of {connection}",
}


def is_outage(error: psycopg.Error) -> bool:
    """Tell whether the connection failed, and not a statement."""
    return isinstance(error, psycopg.OperationalError) or error.sqlstate in _BY_SQLSTATE


def outage(error: psycopg.Error) -> Outage:
    """Return why the connection failed."""
    if error.sqlstate is not None:
        return _BY_SQLSTATE.get(error.sqlstate, Outage.OTHER)
    said = str(error).lower()
    return next((cause for part, cause in _BY_WORDS if part in said), Outage.OTHER)


def remedy(error: psycopg.Error, connection: str) -> str:
    """Return what to do about a connection that failed, named as Airflow names it."""
    return _REMEDIES.get(outage(error), _START).format(connection=connection)


def said(error: psycopg.Error) -> str:
    """Return what may be said of a database's error: its words name server and login, or quote rows."""
    cause = outage(error) if is_outage(error) else Outage.OTHER
    return kind(error) if cause is Outage.OTHER else f"{kind(error)}: {cause}"


def database_fault(database: str, connection: str, error: psycopg.Error) -> str:
    """Return one sentence on an error of a database and what to do, without anything that a row may hold.

    What a server says of a statement may quote names and phones; only of a connection that fails its words are told.
    ``connection`` is the database's name in Airflow.
    """
    database = f"{database} (connection {connection})"
    if isinstance(error, psycopg.errors.QueryCanceled):
        return f"{database} ended a statement, which took too long, or which somebody cancelled: {kind(error)}"
    if isinstance(error, psycopg.OperationalError):
        words = kind(error) if error.sqlstate else " ".join(str(error).split())
        cause = outage(error)
        told = words if cause is Outage.OTHER else f"{cause} ({words})"
        return f"{database} cannot be reached: {told}; {remedy(error, connection)}"
    return (
        f"{database} refused a statement: {kind(error)}. Its words are not shown, as they may quote names and phones;"
        " they are in that server's log"
    )
