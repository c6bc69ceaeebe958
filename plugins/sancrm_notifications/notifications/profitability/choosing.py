"""The first task of the profitability reports: which period, and of which branch alone where the run's form says so.

A task of its own module: it needs no ledger, no figures and, mostly, no database, and imports none.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sancrm_notifications.alerts.form_mistakes import refuse
from sancrm_notifications.schedule.crons import time_zone
from sancrm_notifications.schedule.periods import FIRST_YEAR, LAST_YEAR, query_parameters
from sancrm_notifications.schedule.runs import UnfinishedPeriodError, reported_period, run_facts
from sancrm_notifications.text.markup import one_line

if TYPE_CHECKING:
    from airflow.sdk import Context

    from sancrm_notifications.schedule.periods import Kind, Period


def choose_period(kind: Kind, branches_sql: str, context: Context) -> dict[str, Any]:
    """Return what the run reports, as the following tasks read it: the period, and each query's parameters.

    ``branches_sql`` is the text of ``branches.sql``.

    :raises FormError: the form names a day or a branch that cannot be reported
    :raises AirflowException: a branch cannot be looked up, as the CRM's database is away
    """
    now = datetime.now(UTC)
    period = _period(kind, now, context)
    days = {"first_on": period.first_on.isoformat(), "last_on": period.last_on.isoformat()}
    bounds = {"period_start": period.start.isoformat(), "period_end": period.end.isoformat(), **days}
    return {
        "period": {
            "kind": kind.value,
            "time_zone": period.time_zone,
            "unfinished_as_of": now.isoformat() if period.end > now else None,
            "only_branch_id": _branch_id(branches_sql, context),
            **days,
        },
        "figures_parameters": query_parameters(period.computed()),
        "checks_parameters": bounds,
        "doubts_parameters": {**bounds, "as_of": now.isoformat()},
    }


def _period(kind: Kind, now: datetime, context: Context) -> Period:
    day, is_preview = context["params"]["date"], context["params"]["preview"]
    try:
        return reported_period(kind, run_facts(context), day, now, preview=is_preview, zone=time_zone())
    except UnfinishedPeriodError as error:
        from sancrm_notifications.text.russian import period_text

        named = period_text(error.period)
        refuse(
            context,
            f"Период «{named}» ещё не закончился, его цифры были бы неверны: выберите более ранний день или отметьте"
            " «Только предпросмотр».",
        )
    except ValueError:
        years = f"{FIRST_YEAR}–{LAST_YEAR}"
        refuse(context, f"Поле date = «{day}»: такого дня нет. Напишите его как 2026-11-20, годы {years}.")


def _branch_id(branches_sql: str, context: Context) -> int | None:
    """Return the id of the branch that the form names, or None for all."""
    wanted = one_line(str(context["params"]["branch"] or ""))
    if not wanted:
        return None
    from sancrm_notifications import connections
    from sancrm_notifications.airflow.task_errors import explained
    from sancrm_notifications.crm import reading
    from sancrm_notifications.notifications.profitability.rules import find_branch

    with explained(database=connections.SOURCE):
        branches = reading.rows(connections.source_conninfo(), branches_sql, {})
    try:
        return find_branch(wanted, branches)
    except LookupError as error:
        refuse(context, str(error.args[0]))
