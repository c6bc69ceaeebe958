"""One sentence on what went wrong: our own words, and of foreign errors only the kind."""

from __future__ import annotations

import psycopg
import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from sancrm_notifications.airflow.source_operators import SourceCheckOperator
from sancrm_notifications.alerts.sentences import sentence
from sancrm_notifications.text.markup import split

DETAILS = "Подробности — в журнале задачи."


def caught(error: Exception) -> Exception:
    """Return the error as it is after it was raised here, which is no place of the package."""
    with pytest.raises(type(error)) as raised:
        raise error
    return raised.value


def test_a_checks_verdict_is_the_sentence():
    check = SourceCheckOperator(task_id="relations", conn_id="sancrm_db", sql="select 1")
    with pytest.raises(AirflowFailException) as failed:
        check.check_value(("The source contract is broken: reporting.rentals is missing.",))
    assert sentence(failed.value) == "The source contract is broken: reporting.rentals is missing."
    with pytest.raises(AirflowFailException) as failed:
        check.check_value(None)
    assert sentence(failed.value) == "the check's query returned no row"
    check.check_value(("ok",))


@pytest.mark.parametrize("kind", [AirflowException, AirflowFailException])
def test_the_same_kinds_of_error_raised_elsewhere_keep_their_text(kind):
    assert sentence(caught(kind("Иванов Пётр"))) == f"airflow.sdk.exceptions.{kind.__name__}. {DETAILS}"
    assert sentence(kind("never raised")) == f"airflow.sdk.exceptions.{kind.__name__}. {DETAILS}"


def test_other_kinds_of_error_raised_by_the_package_keep_their_text_too():
    with pytest.raises(ValueError, match="cannot hold every character") as raised:
        split("Иванов Пётр", 1)
    assert sentence(raised.value) == f"ValueError. {DETAILS}"


def test_a_database_that_is_away_is_named_by_its_connection():
    away = caught(psycopg.OperationalError("host 10.0.0.5"))
    assert sentence(away, "sancrm_db") == (
        f"База данных (подключение sancrm_db) не отвечает: psycopg.OperationalError. {DETAILS}"
    )
    assert sentence(caught(psycopg.errors.QueryCanceled("x")), "sancrm_db") == (
        f"psycopg.errors.QueryCanceled (SQLSTATE 57014). {DETAILS}"
    )


def test_a_process_without_an_error_was_killed():
    assert sentence(None).startswith("Процесс задачи был остановлен или пропал.")
