"""Whether the queries of each DAG are answered: the contract may be met, and a view may still be too slow to read."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from sancrm_notifications.checks.line import Line, fail, note, ok
from sancrm_notifications.connections import SOURCE
from sancrm_notifications.crm.reading import rows
from sancrm_notifications.errors.databases import said
from sancrm_notifications.errors.redaction import kind
from sancrm_notifications.settings import VARIABLE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from sancrm_notifications.databases import Use

_SQL = Path(__file__).parents[3] / "include" / "sql"
QUERIES = {
    "profitability": ("check_unique_ids", "profitability", "profitability_doubts"),
    "missed_calls": ("missed_calls", "missed_call_cards"),
    "backup_failures": ("backup_failures", "backup_errors"),
}
_REPORTED = timedelta(days=31)
_MOST_CARDS = 100
_OTHER_LETTERS = f"write missed_call_statuses of {VARIABLE} as the CRM's database has them"
_SLOW = (
    "create the indexes that python -m sancrm_notifications.contract names, or raise the limits of the server: a run"
    " waits for ten minutes"
)
_LIMIT = (
    "look for what ends it: a statement_timeout in a function of the views, or somebody's job that cancels long"
    " statements"
)
_READ = re.compile(r"\breporting\.(\w+)")


def query_lines(conninfo: str, use: Use, statuses: Sequence[str], faulty: Collection[str]) -> Iterator[Line]:
    """Yield how long the queries of each DAG take; those that read a faulty relation are left out.

    What they answer is read to the end, as a run reads it, and shown nowhere.
    """
    if not _SQL.is_dir():
        yield note(
            "queries of the DAGs", f"not asked: there is no folder {_SQL.parent.name}/{_SQL.name} beside plugins"
        )
        return
    parameters = _parameters(datetime.now(UTC), statuses)
    for dag, names in QUERIES.items():
        texts = {name: (_SQL / f"{name}.sql").read_text(encoding="utf-8") for name in names}
        if not any(relation in faulty for text in texts.values() for relation in _READ.findall(text)):
            yield _line(f"queries of {dag}", conninfo, use, texts, parameters)


def _line(what: str, conninfo: str, use: Use, texts: Mapping[str, str], parameters: dict[str, Any]) -> Line:
    began = time.monotonic()
    try:
        for name, text in texts.items():
            asked = time.monotonic()
            answer = rows(conninfo, text, parameters, use)
            if name == "missed_calls":
                parameters["repair_ids"] = [row["repair_id"] for row in answer[:_MOST_CARDS]]
    except psycopg.errors.UntranslatableCharacter:
        named = ", ".join(f"«{status}»" for status in parameters["statuses"])
        return fail(what, f"the encoding of the CRM's database has no letters for {named}", _OTHER_LETTERS)
    except psycopg.errors.QueryCanceled:
        took = time.monotonic() - asked
        if took < use.statement_seconds:
            return fail(what, f"{name}.sql was cancelled by the server after {took:.1f} s", _LIMIT)
        return fail(what, f"{name}.sql is not answered within {use.statement_seconds:g} s", _SLOW)
    except psycopg.Error as error:
        return fail(what, f"{name}.sql cannot be read: {said(error)}", f"look at the views, and at {SOURCE}")
    except (ValueError, OverflowError) as error:
        # A value that the server has and Python has not, such as a letter of another encoding.
        return fail(what, f"an answer of {name}.sql cannot be read: {kind(error)}", "look at the views' values")
    return ok(what, f"answered within {max(time.monotonic() - began, 0.01):.2f} s")


def _parameters(now: datetime, statuses: Sequence[str]) -> dict[str, Any]:
    """Return what all queries ask for, about a period that is as long as the longest report's."""
    end = now.replace(hour=0, minute=0, second=0, microsecond=0)
    start = end - _REPORTED
    first_on, last_on = start.date(), end.date() - timedelta(days=1)
    one = {"period_start": start, "period_end": end, "first_on": first_on, "last_on": last_on, "as_of": now}
    lists = {"period_starts": [start], "period_ends": [end], "first_days": [first_on], "last_days": [last_on]}
    asked = {"statuses": list(statuses), "repair_ids": [], "since": start, "backup_ids": [], "period_names": ["last"]}
    return {**one, **lists, **asked}
