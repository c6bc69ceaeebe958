"""The log: what went to whom, newest first, with what waits for a person above it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, StreamingResponse

from sancrm_notifications import connections
from sancrm_notifications.ledger import attention, known, log
from sancrm_notifications.ledger.reading import reading
from sancrm_notifications.pages import filters, words
from sancrm_notifications.pages.decisions import DECISIONS, grouped
from sancrm_notifications.pages.links import query_string
from sancrm_notifications.pages.pictures import day_picture, swatch
from sancrm_notifications.pages.rendering import HEADERS, page, root
from sancrm_notifications.pages.rights import User, rights_over
from sancrm_notifications.pages.spreadsheet import table
from sancrm_notifications.schedule.crons import time_zone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sancrm_notifications.pages.filters import Filters
    from sancrm_notifications.pages.rights import Rights

router = APIRouter()
MOST_CSV_ROWS = 50_000
_CSV_PAGE = 1_000


@router.get("/log", response_class=HTMLResponse)
def show_log(request: Request, user: User) -> HTMLResponse:
    """Show a page of the log."""
    chosen = _filters(request)
    wanted = chosen.wanted
    # Further on, and in the tab of one run, what is beside the rows would be about other messages.
    is_rows_alone = bool(chosen.after or chosen.values.get("run"))
    with reading(connections.ledger_conninfo()) as connection:
        dag_ids = known.dags(connection)
        rights = rights_over(user, dag_ids)
        found = log.page(connection, wanted, rights.readable, chosen.after)
        waiting = [] if is_rows_alone else attention.waiting(connection, rights.readable)
        day_begins = filters.midnight(chosen.last_on, chosen.zone)
        day = None if is_rows_alone else log.day(connection, day_begins, wanted.until_at, rights.readable)
        branches = known.branch_names(connection)
        chats = known.chat_titles(connection)
        places = known.places(connection, dag_ids, rights.readable, branches)
    values: dict[str, Any] = {
        "filters": chosen,
        "rows": [_shown(row, rights) for row in found.rows],
        "next": _next(chosen, found),
        "is_cut": found.is_cut,
        "most_errors": log.MOST_ERRORS,
        "groups": grouped(waiting, rights, branches, chats),
        "is_much_waiting": len(waiting) == attention.MOST,
        "picture": None if day is None else day_picture(day, words.STATES),
        "day": day,
        "day_on": chosen.last_on,
        "branches": branches,
        "branches_named": places.branches.items(),
        "titles": chats,
        "notifications": words.notification_names(),
        "states": words.STATES,
        "results": {name: text for name, text in words.RESULTS.items() if name != "sent"},
        "csv": f"log.csv{query_string(chosen.values)}",
        "decisions": DECISIONS,
        "day_counts": _by_state(day),
        "swatch": swatch,
        "destinations_named": [(name, words.destination_name(name, branches)) for name in places.destinations],
        "chats_named": [(chat_id, chats.get(chat_id, chat_id)) for chat_id in places.chats],
    }
    return page(request, "log.html", values)


@router.get("/dags/{dag_id}/runs/{run_id}/log")
def show_log_of_run(request: Request, dag_id: str, run_id: str) -> RedirectResponse:  # noqa: ARG001 - the log asks for rights
    """Lead to the messages of a run, from its tab in Airflow's UI."""
    return RedirectResponse(f"{root(request)}/log{query_string({'run': run_id})}", 303)


@router.get("/log.csv")
def export_log(request: Request, user: User) -> StreamingResponse:
    """Return the filtered rows as a table for a spreadsheet, ``MOST_CSV_ROWS`` at most."""
    chosen = _filters(request)
    conninfo = connections.ledger_conninfo()
    with reading(conninfo) as connection:
        rights = rights_over(user, known.dags(connection))
        branches, chats = known.branch_names(connection), known.chat_titles(connection)
    rows = (_shown(row, rights) for row in _all_rows(conninfo, chosen, rights))
    name = f"notifications_{chosen.first_on}_{chosen.last_on}.csv"
    return StreamingResponse(
        table(rows, chosen.zone, branches, chats, MOST_CSV_ROWS),
        media_type="text/csv; charset=utf-8",
        headers={**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'},
    )


def _filters(request: Request) -> Filters:
    zone = time_zone()
    return filters.read(request.query_params, datetime.now(ZoneInfo(zone)).date(), zone)


def _all_rows(conninfo: str, chosen: Filters, rights: Rights) -> Iterator[dict[str, Any]]:
    """Yield every row, page by page: no connection stays open while a slow reader reads."""
    place = None
    for _ in range(MOST_CSV_ROWS // _CSV_PAGE):
        with reading(conninfo) as connection:
            found = log.page(connection, chosen.wanted, rights.readable, place, _CSV_PAGE)
        yield from found.rows
        place = found.next_place
        if place is None:
            return


def _by_state(day: log.Day | None) -> dict[str, int]:
    counts = dict.fromkeys(words.STATES, 0)
    for (_, state), messages in (day.messages if day else {}).items():
        counts[state] = counts.get(state, 0) + messages
    return {state: count for state, count in counts.items() if count}


def _shown(row: dict[str, Any], rights: Rights) -> dict[str, Any]:
    """Return a row with what this user may see of it."""
    return {**row, "label": row["label"] if rights.may_read_text_of(row) else ""}


def _next(chosen: Filters, found: log.Rows) -> str | None:
    if found.next_place is None:
        return None
    return f"log{query_string({**chosen.values, 'after': filters.written(found.next_place)})}"
