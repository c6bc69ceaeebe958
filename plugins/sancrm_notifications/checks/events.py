"""Whether events of repairs that were switched on are told: feed, looks, whom they reach, texts, brakes, quiet time."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import psycopg

from sancrm_notifications import connections, databases
from sancrm_notifications.checks.line import Line, fail, note, ok
from sancrm_notifications.crm import event_facts
from sancrm_notifications.crm.repair_events import changes_are_indexed, crm_now, recent_events
from sancrm_notifications.event_texts import CLIENT_DAG, DAGS, EVENTS, REMINDER
from sancrm_notifications.events.wording import Wording
from sancrm_notifications.ledger.event_state import feed_states, waiting_brakes
from sancrm_notifications.ledger.reading import NoLedgerError, OtherSchemaError, reading
from sancrm_notifications.ledger.wording import Audience, present_texts, switches
from sancrm_notifications.schedule.crons import time_zone
from sancrm_notifications.text.template import TemplateError, parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sancrm_notifications.crm.clients import Branch
    from sancrm_notifications.events.quiet_hours import QuietHours
    from sancrm_notifications.ledger.event_state import FeedState, WaitingBrake
    from sancrm_notifications.text.template import Name

_QUIET = timedelta(minutes=10)
_OVERDUE = timedelta(minutes=10)
_A_MOMENT = timedelta(seconds=1)
_SECONDS = 20
_BY_THE_CLOCK = frozenset({EVENTS["client", REMINDER].dag_id})
"""They look once a day, so a look long ago says nothing."""
_CRM = databases.Use(databases.SOURCE.application, is_reading=True, statement_seconds=_SECONDS)


def event_lines() -> Iterator[Line]:
    """Yield how events are told, once somebody has switched one on; what hinders the databases has own lines."""
    try:
        with reading(connections.ledger_conninfo()) as ledger:
            states = [state for state in feed_states(ledger) if state.feed in DAGS]
            brakes = waiting_brakes(ledger)
            texts = list(_text_lines(ledger))
            wording = Wording((), (), switches(ledger, "client"))
    except (NoLedgerError, OtherSchemaError, psycopg.Error):
        return
    if any(state.feed not in _BY_THE_CLOCK for state in states):
        yield from _feed_lines()
    for state in states:
        yield _looks(state)
    yield from (_reaches(state) for state in states if state.feed == CLIENT_DAG)
    yield from texts
    yield from map(_waits, brakes)
    if any(state.feed != "staff_events" for state in states):
        yield from _quiet_lines(wording)


def _feed_lines() -> Iterator[Line]:
    """Yield whether the CRM shows events, or what stands in for them; nothing when it cannot be asked."""
    what = "feed of events"
    try:
        with databases.connect(connections.source_conninfo(), _CRM) as crm:
            try:
                with crm.transaction():
                    recent_events(crm, _A_MOMENT, crm_now(crm))
                yield ok(what, "reporting.repair_events is read")
            except psycopg.errors.UndefinedTable:
                yield _without_events(what, can_compare=changes_are_indexed(crm))
    except psycopg.Error:
        return


def _without_events(what: str, *, can_compare: bool) -> Line:
    if not can_compare:
        return fail(
            what,
            "the CRM shows no reporting.repair_events, and no indexes lead to created_at and status_changed_at of"
            " reporting.repairs: nothing is told",
            "show the view, or make the indexes",
        )
    return note(
        what,
        "the CRM shows no reporting.repair_events: the status that was told last is compared with the present one, so"
        " there are no comments, and of several changes only the last is told",
        "show the view to have both",
    )


def _looks(state: FeedState) -> Line:
    what = f"events of {state.feed}"
    if state.feed in _BY_THE_CLOCK:
        return ok(what, "nothing is overdue")
    if state.looked_ago is None or state.looked_ago > _QUIET:
        since = "never" if state.looked_ago is None else f"{_minutes(state.looked_ago)} ago"
        return note(
            what,
            f"the CRM was looked at {since}",
            f"unpause the DAG {state.feed}; if it is on, look at the triggerer and at its latest run",
        )
    if state.overdue is not None and state.overdue > _OVERDUE:
        return fail(
            what,
            f"what should be told waits for {_minutes(state.overdue)}",
            f"look at the latest runs of the DAG {state.feed}",
        )
    return ok(what, f"the CRM was looked at {state.looked_ago.total_seconds():.0f} s ago, nothing is overdue")


def _reaches(state: FeedState) -> Line:
    what, known = "clients who hear of events", state.reached + state.unreached
    if not known:
        return ok(what, "no news for clients within a week")
    share = f"{100 * state.reached / known:.0f} %"
    words = f"of {known} repairs with news within a week, the client of {state.reached} ({share}) was told"
    if not state.reached:
        return note(what, words, "give clients links, or look at the page clients for why one hears nothing")
    return ok(what, f"{words}; of the others nobody is bound and willing, or the CRM names no customer")


def _text_lines(ledger: psycopg.Connection[Any]) -> Iterator[Line]:
    stored = [(audience, text) for audience in get_args(Audience) for text in present_texts(ledger, audience)]
    faults = 0
    for audience, text in stored:
        about = EVENTS.get((audience, text.event))
        where = f"{audience} {text.event}" + (f", branch {text.branch_id}" if text.branch_id is not None else "")
        fault = "there is no such event any more" if about is None else _fault(text.source, about.names)
        if fault:
            faults += 1
            yield fail(
                "texts of events",
                f"text {text.text_id} ({where}) does not work, the one that ships goes out: {fault}",
                "correct it on the page events",
            )
    if stored and not faults:
        yield ok("texts of events", f"all {len(stored)} of the office's own can be used")


def _fault(source: str, names: Mapping[str, Name]) -> str | None:
    try:
        parse(source, names)
    except TemplateError as fault:
        return str(fault)
    return None


def _waits(brake: WaitingBrake) -> Line:
    return note(
        f"very many at once, {brake.feed}",
        f"{brake.events} events ({brake.about}) wait for a person for {_minutes(brake.opened_ago)}",
        "answer the task approve of client_statuses_bulk; after a day they are never told",
    )


def _quiet_lines(wording: Wording) -> Iterator[Line]:
    """Yield the quiet hours of the branches, those alike in one line, and each zone that there is not."""
    try:
        with databases.connect(connections.source_conninfo(), _CRM) as crm:
            branches = sorted(event_facts.branches(crm).values(), key=lambda branch: branch.branch_id)
    except psycopg.Error:
        yield note("quiet hours of branches", "not looked at: reporting.branches cannot be read")
        return
    alike: defaultdict[tuple[QuietHours, str], list[int]] = defaultdict(list)
    for branch in branches:
        zone = _zone(branch)
        if zone is None:
            yield fail(
                "quiet hours of branches",
                f"branch {branch.branch_id} has the time zone {branch.time_zone!r}, which there is not: the clock of"
                f" {time_zone()} counts",
                "correct branches.time_zone: an IANA name, such as Asia/Yekaterinburg",
            )
        alike[wording.quiet_hours(None, branch.branch_id), zone or time_zone()].append(branch.branch_id)
    for (quiet, zone), branch_ids in alike.items():
        yield ok("quiet hours of branches", f"{_said(quiet)} in {zone}: {_numbers(branch_ids)}")


def _zone(branch: Branch) -> str | None:
    try:
        return ZoneInfo(branch.time_zone or time_zone()).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _said(quiet: QuietHours) -> str:
    return "none" if quiet.begin == quiet.end else f"{quiet.begin:%H:%M} to {quiet.end:%H:%M}"


def _numbers(branch_ids: Iterable[int]) -> str:
    return f"branches {', '.join(map(str, branch_ids))}"


def _minutes(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"  # noqa: PLR2004 - two hours
