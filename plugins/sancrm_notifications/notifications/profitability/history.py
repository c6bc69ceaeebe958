"""Reads what a report is held against for what is unusual in it; a report goes out without it rather than late.

Source: docs/numbers.md, What is unusual.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowException

from sancrm_notifications import connections
from sancrm_notifications.airflow.task_errors import explained
from sancrm_notifications.crm import reading
from sancrm_notifications.databases import Use
from sancrm_notifications.notifications.profitability.like_periods import like_periods
from sancrm_notifications.notifications.profitability.unusual import unusual
from sancrm_notifications.schedule.crons import calendar
from sancrm_notifications.schedule.periods import query_parameters

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sancrm_notifications.notifications.profitability.unusual import Unusual
    from sancrm_notifications.schedule.periods import Period

log = logging.getLogger(__name__)
# A CRM without an index on completed_at is read from end to end for each of the periods: that is not waited for.
_PATIENCE = Use(is_reading=True, statement_seconds=10, connect_seconds=10)


def read_unusual(reported: Period, rows: Sequence[Mapping[str, Any]], history_sql: str) -> tuple[Unusual, ...]:
    """Return what is unusual in the report with these rows; nothing, and why in the log, where that cannot be told.

    ``history_sql`` is the text of ``profitability_history.sql``.
    """
    try:
        periods = like_periods(reported, calendar())
        if not periods.like:
            return ()
        parameters = query_parameters(periods.computed())
        with explained(database=connections.SOURCE):
            history = reading.rows(connections.source_conninfo(), history_sql, parameters, _PATIENCE)
        return tuple(unusual(rows, history, periods))
    except AirflowException as error:
        why = str(error)
    except Exception as error:
        why = f"{type(error).__name__}, at line {_line(error)} of its file"
    log.warning("the report says nothing of what is unusual: its history could not be read: %s", why)
    return ()


def _line(error: Exception) -> int | None:
    """Return where the error was raised: its text may quote what the CRM holds."""
    traceback = error.__traceback__
    while traceback and traceback.tb_next:
        traceback = traceback.tb_next
    return traceback.tb_lineno if traceback else None
