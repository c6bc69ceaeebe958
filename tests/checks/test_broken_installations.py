"""Installations that are broken in one thing: of all checks together one line says what it is and what to do."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from airflow.sdk.exceptions import AirflowException
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from sancrm_notifications.airflow.source_operators import SourceQueryOperator
from sancrm_notifications.airflow.task_errors import explained
from sancrm_notifications.checks.groups import groups
from sancrm_notifications.checks.running import run
from sancrm_notifications.connections import ledger_conninfo
from sancrm_notifications.ledger.schema import upgrade_at
from tests.checks.conftest import CRM_ROWS, TOKEN, Site, crm_tables, text
from tests.pooler import started

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import Databases
    from tests.pooler import Pooler


@dataclass
class Installation:
    """What may be broken: everything the checks look at, the server, and a pooler before it."""

    site: Site
    databases: Databases
    pooler: Callable[[], Pooler]
    poolers: ExitStack = field(default_factory=ExitStack)
    roles: list[str] = field(default_factory=list)

    def ledger(self, **extra: Any) -> None:
        """Say something in the Extra of the ledger's connection."""
        self.site.database("notifications_db", self.site.ledger, extra=extra)

    def crm(self, **extra: Any) -> None:
        """Say something in the Extra of the CRM's connection."""
        self.site.database("sancrm_db", self.site.crm, extra=extra)

    def database(self, encoding: str) -> str:
        """Make a database in another encoding."""
        name = f"broken_{encoding.lower()}"
        self.databases.run(f"drop database if exists {name}")
        self.databases.run(f"create database {name} encoding '{encoding}' template template0 locale 'C'")
        return self.databases.conninfo(name)

    def role(self, name: str, rights: str = "") -> None:
        """Make a role for as long as the test takes."""
        if name in self.roles:
            return
        self.databases.run(f'create role "{name}" login {rights}')
        self.roles.append(name)

    def locked_role(self, name: str) -> None:
        """Make a role that the server lets in by its password alone, which is «right»."""
        self.role(name, "password 'right'")
        directory = Path(self.databases.server.socket_directory)
        rules = directory / "pg_hba.conf"
        before = rules.read_text(encoding="utf-8")
        self.poolers.callback(rules.write_text, before, encoding="utf-8")
        rules.write_text(f'local all "{name}" scram-sha-256\n{before}', encoding="utf-8")
        self.databases.run("select pg_reload_conf()")
        given_up_at = time.monotonic() + 10
        with pytest.raises(psycopg.OperationalError, match="password"):
            while time.monotonic() < given_up_at:
                conninfo = make_conninfo(self.site.crm, user=name, passfile="/nowhere")
                psycopg.connect(conninfo, connect_timeout=5).close()

    def pooled(self, conn_id: str, conninfo: str, pooler: Pooler, **fields: Any) -> None:
        """Lead a connection through a pooler."""
        self.site.database(conn_id, conninfo, host="127.0.0.1", port=pooler.port, **fields)

    def faults(self) -> list[str]:
        """Return the lines with FAIL of every check."""
        lines = list(run(chain.from_iterable(groups(None).values())))
        assert TOKEN.partition(":")[2] not in repr(lines)
        return [text(line) for line in lines if line.verdict == "FAIL"]


def pooled_with_options(broken: Installation) -> None:
    connection = broken.pooler().connection(broken.site.ledger, options="-c statement_timeout=5000")
    broken.site.patch.setenv("AIRFLOW_CONN_NOTIFICATIONS_DB", connection)


def pooled_without_database(broken: Installation) -> None:
    pooler = broken.poolers.enter_context(started(broken.databases, server_login_retry=1))
    broken.pooled("sancrm_db", make_conninfo(broken.site.crm, dbname="crm_of_nobody"), pooler)


def pooled_with_wrong_password(broken: Installation) -> None:
    pooler = broken.poolers.enter_context(started(broken.databases, {"reader": "right"}))
    broken.pooled("sancrm_db", broken.site.crm, pooler, login="reader", password="wrong")


def wrong_password(conn_id: str, password: str) -> Callable[[Installation], None]:
    def broken_password(broken: Installation) -> None:
        broken.locked_role("behind a password")
        conninfo = broken.site.crm if conn_id == "sancrm_db" else broken.site.ledger
        broken.site.database(
            conn_id, conninfo, login="behind a password", password=password, extra={"passfile": "/nowhere"}
        )

    return broken_password


def ledger_in(encoding: str) -> Callable[[Installation], None]:
    def broken_ledger(broken: Installation) -> None:
        broken.site.database("notifications_db", broken.database(encoding))

    return broken_ledger


def crm_of_1251_bytes(broken: Installation) -> None:
    conninfo = broken.database("SQL_ASCII")
    with psycopg.connect(conninfo, client_encoding="WIN1251") as connection:
        crm_tables(connection)
        connection.execute(CRM_ROWS)
    broken.site.database("sancrm_db", conninfo)


def crm_of_latin_letters(broken: Installation) -> None:
    conninfo = broken.database("LATIN1")
    with psycopg.connect(conninfo) as connection:
        crm_tables(connection)
    broken.site.database("sancrm_db", conninfo)


def read_only_ledger(broken: Installation) -> None:
    broken.databases.run(f'alter database "{name_of(broken.site.ledger)}" set default_transaction_read_only = on')


def ledger_without_rights(broken: Installation) -> None:
    broken.role("ledger of nobody")
    broken.site.database("notifications_db", broken.site.ledger, login="ledger of nobody")


def crm_without_rights(broken: Installation) -> None:
    broken.role("crm reader")
    broken.site.run_in_crm('grant usage on schema reporting to "crm reader"')
    tables = "reporting.branches, reporting.repairs, reporting.fixed_costs, reporting.backups"
    broken.site.run_in_crm(f'grant select on {tables} to "crm reader"')
    broken.site.database("sancrm_db", broken.site.crm, login="crm reader")


def crm(statement: str) -> Callable[[Installation], None]:
    return lambda broken: broken.site.run_in_crm(statement)


def variable(**wrong: Any) -> Callable[[Installation], None]:
    return lambda broken: broken.site.variable(**{"crm_base_url": "https://crm.example.org", **wrong})


def name_of(conninfo: str) -> str:
    return str(conninfo_to_dict(conninfo)["dbname"])


LEDGER = "FAIL ledger (notifications_db): "
REFUSED = "psycopg.OperationalError: "
CRM = "FAIL CRM (sancrm_db): "
BROKEN: dict[str, tuple[Callable[[Installation], None], str, str]] = {
    "a pooler and options": (
        pooled_with_options,
        f"{LEDGER}{REFUSED}what stands before the server, a pooler, takes no «options» → ",
        "take «options» out of the Extra of notifications_db; alter role … set … does the same on the server",
    ),
    "a misspelt parameter of libpq": (
        lambda broken: broken.ledger(sslmod="require"),
        "FAIL ledger: the Extra of the connection notifications_db names 'sslmod', which is no parameter of libpq",
        ": did you mean sslmode?",
    ),
    "an Extra that is no JSON": (
        lambda broken: broken.site.database("sancrm_db", broken.site.crm, extra="sslmode=require"),
        "FAIL contract: the Extra of the connection sancrm_db is no JSON object",
        'write it as {"sslmode": "require"}',
    ),
    "a service that is not there": (
        lambda broken: broken.crm(service="crm"),
        f"{CRM}{REFUSED}its service is not found in the service file → ",
        "correct «service» in the Extra of sancrm_db, or the file ~/.pg_service.conf",
    ),
    "channel binding without SSL": (
        lambda broken: broken.crm(channel_binding="require"),
        f"{CRM}{REFUSED}channel_binding is required, and what answers cannot do it → ",
        "take channel_binding out of the Extra of sancrm_db, or let the server use SSL and SCRAM",
    ),
    "a value that libpq does not know": (
        lambda broken: broken.ledger(sslmode="requir"),
        f"{LEDGER}{REFUSED}a value of its Extra is none that libpq knows → ",
        "look at sslmode, channel_binding, target_session_attrs and the numbers in the Extra of notifications_db",
    ),
    "a setting that the server does not know": (
        lambda broken: broken.crm(options="-c jitt=off"),
        f"{CRM}{REFUSED}the server does not know a setting that «options» names, or its value → ",
        "correct «options» in the Extra of sancrm_db",
    ),
    "a standby asked for": (
        lambda broken: broken.crm(target_session_attrs="standby"),
        f"{CRM}{REFUSED}no server of its hosts is what target_session_attrs asks for → ",
        "correct host or target_session_attrs of sancrm_db",
    ),
    "a server that is away": (
        lambda broken: broken.site.database("notifications_db", broken.site.ledger, host="127.0.0.1", port=9),
        f"{LEDGER}{REFUSED}the server takes no connections → ",
        "start PostgreSQL, or correct host, port, login, password and schema of notifications_db",
    ),
    "a login that is not there": (
        lambda broken: broken.site.database("sancrm_db", broken.site.crm, login="crm reader"),
        f"{CRM}{REFUSED}there is no such database or role → ",
        "correct schema and login of sancrm_db, or create them on the server",
    ),
    "a wrong password of the CRM": (
        wrong_password("sancrm_db", "wrong"),
        f"{CRM}{REFUSED}the server does not accept login and password → ",
        "correct login and password of sancrm_db",
    ),
    "a wrong password of the ledger": (
        wrong_password("notifications_db", "wrong"),
        f"{LEDGER}{REFUSED}the server does not accept login and password → ",
        "correct login and password of notifications_db",
    ),
    "a password that is not there": (
        wrong_password("sancrm_db", ""),
        f"{CRM}{REFUSED}the server does not accept login and password → ",
        "correct login and password of sancrm_db",
    ),
    "a pooler and a wrong password": (
        pooled_with_wrong_password,
        f"{CRM}{REFUSED}the server does not accept login and password → ",
        "correct login and password of sancrm_db",
    ),
    "a pooler and a database that is not there": (
        pooled_without_database,
        f"{CRM}{REFUSED}there is no such database or role → ",
        "correct schema and login of sancrm_db, or create them on the server",
    ),
    "no connection": (
        lambda broken: broken.site.patch.delenv("AIRFLOW_CONN_SANCRM_DB"),
        "FAIL contract: The conn_id `sancrm_db` isn't defined → ",
        "make this connection in Airflow",
    ),
    "a ledger in WIN1251": (
        ledger_in("WIN1251"),
        f"{LEDGER}its database's encoding WIN1251 cannot keep every text → ",
        "make another one: create database … encoding 'UTF8' template template0",
    ),
    "a ledger in SQL_ASCII": (
        ledger_in("SQL_ASCII"),
        f"{LEDGER}its database's encoding SQL_ASCII cannot keep every text → ",
        "make another one: create database … encoding 'UTF8' template template0",
    ),
    "a ledger that only reads": (
        read_only_ledger,
        f"{LEDGER}psycopg.errors.ReadOnlySqlTransaction (SQLSTATE 25006) → ",
        "notifications_db must name a server that can be written to, no read-only replica",
    ),
    "a ledger without rights": (
        ledger_without_rights,
        f"{LEDGER}the role ledger of nobody may not bring the ledger's tables to version ",
        "must own the schema notifications and its tables, or be allowed to create them: grant create on database",
    ),
    "a CRM of unknown letters": (
        crm_of_1251_bytes,
        "FAIL reporting.branches: reporting.branches.name has texts that are no UTF-8",
        'write the encoding into the Extra of the connection, such as {"client_encoding": "WIN1251"}',
    ),
    "a CRM without Russian letters": (
        crm_of_latin_letters,
        "FAIL queries of missed_calls: the encoding of the CRM's database has no letters for «Готов», «Подбор» → ",
        "write missed_call_statuses of sancrm_notifications as the CRM's database has them",
    ),
    "a CRM without rights": (
        crm_without_rights,
        "FAIL reporting.rentals: reporting.rentals may not be read by this role",
        "run grant select on reporting.rentals to it",
    ),
    "a view that is gone": (
        crm("drop table reporting.rentals"),
        "FAIL reporting.rentals: reporting.rentals does not exist; expected a view or table",
        "create it with the columns rental_id bigint",
    ),
    "an amount that is a float": (
        crm("alter table reporting.repairs alter revenue type double precision"),
        "FAIL reporting.repairs: reporting.repairs.revenue is double precision; expected numeric(14,2)",
        "write round(revenue::numeric, 2)::numeric(14, 2) in the view",
    ),
    "1C's empty date": (
        crm("update reporting.repairs set status_changed_at = '0001-01-01' where repair_id = 2"),
        "FAIL reporting.repairs: reporting.repairs.status_changed_at breaks the contract in 1 row",
        "expected a moment between 1990 and a year from now: show null where it is not known",
    ),
    "a moment that never comes": (
        crm("insert into reporting.backups values (1, 'crm', now(), 'infinity', 'succeeded')"),
        "FAIL reporting.backups: reporting.backups.finished_at breaks the contract in 1 row",
        "show null where it is not known",
    ),
    "a branch that is none": (
        crm("insert into reporting.branches values (-1, 'Не указан', null, true)"),
        "FAIL reporting.branches: reporting.branches.branch_id breaks the contract in 1 row",
        "show no row that stands for no branch: what has none has null as its branch_id",
    ),
    "a branch without a name that shows": (
        crm("update reporting.branches set name = U&'\\2800\\200b'"),
        "FAIL reporting.branches: reporting.branches.name breaks the contract in 1 row",
        "expected a name that people can read: give the branch a name",
    ),
    "a misspelt setting": (
        variable(sendng=False),
        "FAIL Variable: Airflow Variable sancrm_notifications: there is no field sendng",
        ": did you mean sending?",
    ),
    "a list with one wrong entry": (
        variable(missed_call_statuses=[1]),
        "FAIL Variable: Airflow Variable sancrm_notifications: missed_call_statuses.0 = 1",
        "Input should be a valid string",
    ),
    "a branch's chat without a branch": (
        variable(branch_chats={"77": {"chat_id": "777"}}),
        "FAIL branches with own chats: branch_chats names branch 77, which is not in reporting.branches → ",
        "correct its id in the Airflow Variable sancrm_notifications, or take it out",
    ),
    "a misspelt option": (
        lambda broken: broken.site.option("time_zone", "Asia/Omsk"),
        "FAIL options of [sancrm_notifications]: [sancrm_notifications] of Airflow's configuration has no option",
        "did you mean timezone? → correct the name, then restart Airflow",
    ),
    "a zone that is none": (
        lambda broken: broken.site.option("timezone", "Europe/Moskva"),
        "FAIL schedules: [sancrm_notifications] timezone = 'Europe/Moskva' in Airflow's configuration: expected",
        "AIRFLOW__SANCRM_NOTIFICATIONS__TIMEZONE",
    ),
    "a cron that never comes": (
        lambda broken: broken.site.option("profitability_daily_cron", "0 9 31 2 *"),
        "FAIL schedule of profitability_daily: [sancrm_notifications] profitability_daily_cron = '0 9 31 2 *'",
        "the days of this one never come",
    ),
    "a token that Telegram refuses": (
        lambda broken: broken.site.telegram(password="43:another-token-of-nobody-at-all"),
        "FAIL bot 43: 127.0.0.1:",
        "put the token that @BotFather shows into the field Password of the Airflow connection telegram_default",
    ),
    "a chat that is not there": (
        lambda broken: broken.site.telegram(host=-1009),
        "FAIL chat -1009: Bad Request: chat not found",
        "the chat is set in the Airflow connection telegram_default",
    ),
    "an address that is no button": (
        variable(crm_base_url="http://crm:8080"),
        "FAIL crm_base_url: http://crm:8080 cannot be a button: Telegram wants a host with a dot in its name → ",
        "set an address such as https://crm.example.org in sancrm_notifications",
    ),
}


@pytest.fixture
def broken(site: Site, databases: Databases, request: pytest.FixtureRequest) -> Iterator[Installation]:
    """Return an installation in order; a pooler is started where one is asked for."""
    installation = Installation(site, databases, lambda: request.getfixturevalue("pooler"))
    with installation.poolers:
        yield installation
    for role in installation.roles:
        for conninfo in (site.ledger, site.crm):
            with psycopg.connect(conninfo) as connection:
                connection.execute(f'drop owned by "{role}"'.encode())
        databases.run(f'drop role "{role}"')


def test_an_installation_in_order_has_no_fault(broken: Installation) -> None:
    assert broken.faults() == []


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_broken_is_one_line_with_its_cause_and_its_cure(broken: Installation, what: str) -> None:
    break_it, cause, cure = BROKEN[what]
    break_it(broken)
    (fault,) = broken.faults()
    assert fault.startswith(cause)
    assert cure in fault


def test_a_run_says_the_same_of_a_wrong_password_in_one_sentence(broken: Installation) -> None:
    said = "cannot be reached: the server does not accept login and password (connection failed: "
    wrong_password("sancrm_db", "wrong")(broken)
    wrong_password("notifications_db", "wrong")(broken)
    with pytest.raises(AirflowException) as of_crm:
        SourceQueryOperator(task_id="compute", sql="select 1", conn_id="sancrm_db").execute({})
    with pytest.raises(AirflowException) as of_ledger, explained():
        upgrade_at(ledger_conninfo())
    for error, whose, conn_id in (
        (of_crm.value, "CRM's", "sancrm_db"),
        (of_ledger.value, "ledger's", "notifications_db"),
    ):
        assert str(error).startswith(f"the {whose} database (connection {conn_id}) {said}")
        assert str(error).endswith(f"; correct login and password of {conn_id}")
        assert "\n" not in str(error)


def test_what_a_crm_may_speak_and_set_is_read(broken: Installation) -> None:
    """Read a CRM in WIN1251, another in unknown letters that the Extra names, and one that is set unusually."""
    for encoding, extra in {"WIN1251": {}, "SQL_ASCII": {"client_encoding": "WIN1251"}, "KOI8R": {}}.items():
        conninfo = broken.database(encoding)
        with psycopg.connect(conninfo, client_encoding="WIN1251") as connection:
            crm_tables(connection)
            connection.execute(CRM_ROWS)
        broken.site.database("sancrm_db", conninfo, extra=extra)
        assert broken.faults() == []
    for setting in (
        "DateStyle = 'German'",
        "IntervalStyle = 'iso_8601'",
        "search_path = 'nowhere'",
        "default_transaction_isolation = 'serializable'",
        # Not shorter: until a transaction's first statement has set its own, the database's hold for it.
        "statement_timeout = '1s'",
        "standard_conforming_strings = off",
        "bytea_output = 'escape'",
        "lc_messages = 'C'",
    ):
        for conninfo in (broken.site.crm, broken.site.ledger):
            broken.databases.run(f'alter database "{name_of(conninfo)}" set {setting}')
    broken.crm(cursor="dictcursor", keepalives=1, keepalives_idle=30, passfile="/nowhere", prepare_threshold=5)
    assert broken.faults() == []
