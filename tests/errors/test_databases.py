"""Why a database cannot be reached, read from the words of libpq, PostgreSQL and poolers."""

from __future__ import annotations

import psycopg
import pytest

from sancrm_notifications.errors.databases import Outage, database_fault, outage, remedy


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        ('FATAL:  database "crm" does not exist', Outage.MISSING),
        ("FATAL:  no such database: crm", Outage.MISSING),
        ('FATAL:  server login failed: FATAL database "crm" does not exist', Outage.MISSING),
        ('FATAL:  server login failed: FATAL password authentication failed for user "crm"', Outage.LOGIN),
        ("FATAL:  server login has been failing, try again later (server_login_retry)", Outage.BEHIND),
        ("fe_sendauth: no password supplied", Outage.LOGIN),
        ("FATAL:  SASL authentication failed", Outage.LOGIN),
        ('root certificate file "/nowhere/root.crt" does not exist', Outage.CERTIFICATE),
        ("файл корневых сертификатов «/nowhere/root.crt» не существует", Outage.CERTIFICATE),
        ("connection timeout expired", Outage.SILENT),
        ("[Errno -2] Name or service not known", Outage.NO_HOST),
        ("[Errno -3] Temporary failure in name resolution", Outage.NO_HOST),
        ("[Errno -5] No address associated with hostname", Outage.NO_HOST),
    ],
)
def test_the_server_s_own_words_go_before_those_of_a_pooler_that_hands_them_on(words: str, cause: Outage) -> None:
    assert outage(psycopg.OperationalError(words)) is cause


def test_who_waits_in_vain_is_sent_to_the_pooler_too() -> None:
    assert "its log says what the server refuses" in remedy(psycopg.OperationalError("timeout expired"), "sancrm_db")


def test_a_statement_that_was_ended_is_no_database_out_of_reach() -> None:
    words = database_fault("the CRM's database", "sancrm_db", psycopg.errors.QueryCanceled("canceling"))
    assert words == (
        "the CRM's database (connection sancrm_db) ended a statement, which took too long, or which somebody"
        " cancelled: psycopg.errors.QueryCanceled (SQLSTATE 57014)"
    )
