"""The tasks of missed calls around their SQL: which day, and from waiting repairs to messages stored and changed."""

from __future__ import annotations

import logging
import operator
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import psycopg
from airflow.sdk.exceptions import AirflowException, AirflowSkipException

from sancrm_notifications import connections, databases, settings
from sancrm_notifications.airflow.task_errors import explained
from sancrm_notifications.crm import reading
from sancrm_notifications.delivery.preview import preview_words
from sancrm_notifications.errors.databases import database_fault
from sancrm_notifications.events.wording import Wording
from sancrm_notifications.ledger.alone import alone
from sancrm_notifications.ledger.callbacks import called_since
from sancrm_notifications.ledger.history import messages_since
from sancrm_notifications.ledger.revising import revise
from sancrm_notifications.ledger.storing import Batch, store
from sancrm_notifications.ledger.wording import switches
from sancrm_notifications.notifications.missed_calls import drafts, plausibility
from sancrm_notifications.notifications.missed_calls.cards import cards_by_id, waiting_ids
from sancrm_notifications.notifications.missed_calls.routing import destinations
from sancrm_notifications.notifications.missed_calls.rules import NOTIFICATION, REMEMBERED, History
from sancrm_notifications.schedule.crons import calendar, time_zone
from sancrm_notifications.schedule.runs import run_facts

if TYPE_CHECKING:
    from collections.abc import Collection

    from airflow.sdk import Context

    from sancrm_notifications.notifications.missed_calls.cards import Card
    from sancrm_notifications.notifications.missed_calls.drafts import DraftInputs
    from sancrm_notifications.notifications.missed_calls.rules import Plan
    from sancrm_notifications.settings import Settings

log = logging.getLogger(__name__)

_PREVIEW_KEPT = timedelta(days=1)  # it has names and phones in it


def choose_day(context: Context) -> dict[str, Any]:
    """Return the local day of the run and the parameters of ``missed_calls.sql``.

    :raises AirflowSkipException: the run is for another day than today: the CRM shows only who waits now
    :raises AirflowFailException: a setting is wrong
    """
    now = local_now()
    day = run_facts(context).tick_at.astimezone(now.tzinfo).date()
    _skip_unless_today(day, now)
    with explained():
        chosen = settings.load()
    return {"day": day.isoformat(), "waiting_parameters": {"statuses": list(chosen.missed_call_statuses)}}


def format_messages(
    day: str, waiting: list[dict[str, Any]], cards_sql: str, context: Context, *, is_notifying: bool
) -> dict[str, Any]:
    """Write down what the chats are notified of and what is no longer true; return which batch to deliver, and counts.

    ``waiting`` are the rows of ``missed_calls.sql``, ``cards_sql`` the text of ``missed_call_cards.sql``: names and
    phones are read here and handed to the ledger only.  Without ``is_notifying`` no chat is notified of anything new,
    only of what was withdrawn today and is true again.

    :raises AirflowSkipException: the day is over
    :raises AirflowFailException: a setting or a connection is wrong
    :raises AirflowException: the CRM's database or the ledger cannot be reached, or refuses a statement
    """
    now = local_now()
    _skip_unless_today(date.fromisoformat(day), now)
    # A view may show a repair twice.
    asked = list(dict.fromkeys(row["repair_id"] for row in waiting))
    with explained():
        chosen = settings.load()
        conninfo = connections.ledger_conninfo()
        with alone(conninfo, NOTIFICATION):
            inputs = _read(conninfo, cards_sql, asked, chosen, now)
            plan = inputs.history.plan(
                asked,
                waiting_ids(inputs.cards),
                destinations(inputs.cards, _teams(conninfo, chosen)),
                is_notifying=is_notifying,
                digest_above=chosen.digest_above,
                says_none=chosen.missed_calls_say_none,
            )
            if context["params"]["preview"]:
                return _preview(conninfo, plan, inputs, chosen, context)
            if not plausibility.is_believed(conninfo, plan.doubtful):
                return _leave_alone(conninfo, plan, inputs, context)
            return _write(conninfo, plan, inputs, context, is_notifying=is_notifying)


def local_now() -> datetime:
    """Return the present moment by the clock that days are counted by."""
    return datetime.now(ZoneInfo(time_zone()))


def _skip_unless_today(day: date, now: datetime) -> None:
    if day != now.date():
        reason = (
            f"this run is about {day} and today is {now.date()}: the CRM shows only who waits for a call now, so the"
            " list of another day cannot be told. To tell today's, trigger the DAG by hand"
        )
        # Airflow's own word of it stands in a group that its UI shows closed.
        log.warning(reason)
        raise AirflowSkipException(reason)


def _read(conninfo: str, cards_sql: str, asked: list[int], chosen: Settings, now: datetime) -> DraftInputs:
    """Return what the ledger and the CRM know of the repairs asked for, and of those that any chat was notified of."""
    working_days = calendar()
    today = now.date()
    list_since = today if working_days.is_working(today) else working_days.last_working_day_before(today)
    history = History.from_ledger(
        now,
        messages_since(conninfo, NOTIFICATION, since=now - REMEMBERED),
        called_since(conninfo, now - REMEMBERED),
        list_since,
    )
    cards = _read_cards(cards_sql, history.watched().union(asked), chosen, now)
    return drafts.DraftInputs(history, cards, working_days, drafts.style(chosen, ZoneInfo(time_zone())))


def _teams(conninfo: str, chosen: Settings) -> Collection[int]:
    """Return the branches whose team is told in its own chat: none of them until a person has switched it on."""
    with databases.connect(conninfo, databases.LEDGER) as ledger:
        said = Wording((), switches=switches(ledger, "staff"))
    return chosen.team_chats if said.is_on(NOTIFICATION, None) else ()


def _read_cards(cards_sql: str, repair_ids: Collection[int], chosen: Settings, now: datetime) -> dict[int, Card]:
    """Return the cards of these repairs by id.

    :raises AirflowException: the CRM's database cannot be reached, or refuses the statement
    """
    parameters = {"repair_ids": sorted(repair_ids), "statuses": list(chosen.missed_call_statuses)}
    try:
        rows = reading.rows(connections.source_conninfo(), cards_sql, parameters)
    except psycopg.Error as error:
        raise AirflowException(database_fault("the CRM's database", connections.SOURCE, error)) from None
    return cards_by_id(rows, now)


def _preview(conninfo: str, plan: Plan, inputs: DraftInputs, chosen: Settings, context: Context) -> dict[str, Any]:
    """Store what would be written to be read; return why nothing is delivered."""
    batch = _preview_batch(inputs.history.now, context)
    messages = [*drafts.new_messages(plan, inputs), *drafts.previews(plan, inputs)]
    store(conninfo, batch, messages)
    unchanged = len(inputs.history.unchanged_today(plan.changes))
    words = preview_words(conninfo, batch, chosen, operator.ne, already=unchanged)
    return _delivery(batch, plan, withheld=_withheld(batch, messages, words), previewed=len(messages))


def _leave_alone(conninfo: str, plan: Plan, inputs: DraftInputs, context: Context) -> dict[str, Any]:
    """Store what would change to be read, as it is not believed yet; return why nothing is delivered."""
    batch = replace(_preview_batch(inputs.history.now, context), keep=plausibility.FIRST_LOOK_KEPT)
    store(conninfo, batch, drafts.previews(plan, inputs))
    words = plausibility.doubt(plan.doubtful)
    log.warning(words)
    return _delivery(batch, plan, withheld=words, subjects=[])


def _write(conninfo: str, plan: Plan, inputs: DraftInputs, context: Context, *, is_notifying: bool) -> dict[str, Any]:
    """Hand the plan's messages to the ledger; return what to deliver, and how many there are of each kind."""
    batch = _batch(inputs.history.now, context)
    if not plan.waiting:
        log.info("nobody waits for a call on %s", batch.period)
    new = drafts.new_messages(plan, inputs)
    store(conninfo, batch, new)
    revised = revise(conninfo, batch, drafts.revisions(plan, inputs))
    counts = {"notified": len(new), **asdict(revised)}
    if is_notifying:
        return _delivery(batch, plan, **counts)
    subjects = sorted(inputs.history.unfinished(plan.changes).union(message.subject for message in new))
    withheld = None if subjects else "nothing of what was told has changed"
    return _delivery(batch, plan, withheld=withheld, subjects=subjects, **counts)


def _batch(now: datetime, context: Context) -> Batch:
    """Return the day's batch, of which nothing is sent after the local midnight."""
    midnight = datetime.combine(now.date() + timedelta(days=1), time.min, tzinfo=now.tzinfo)
    return Batch(
        notification=NOTIFICATION,
        period=now.date().isoformat(),
        name=f"{NOTIFICATION}/{now.date()}",
        keep=midnight.astimezone(UTC) - now.astimezone(UTC),
        dag_id=context["dag"].dag_id,
        run_id=context["dag_run"].run_id,
    )


def _preview_batch(now: datetime, context: Context) -> Batch:
    """Return the run's own preview."""
    batch = _batch(now, context)
    name = f"preview/{batch.dag_id}/{batch.period}/{batch.run_id}"
    return replace(batch, name=name, keep=_PREVIEW_KEPT, is_preview=True)


def _delivery(
    batch: Batch, plan: Plan, *, withheld: str | None = None, subjects: list[str] | None = None, **counts: int
) -> dict[str, Any]:
    """Return what ``deliver`` is to do, and counts for who looks at the task."""
    return {
        "batch": batch.name,
        "subjects": subjects,
        "is_backfill": False,
        "withheld": withheld,
        "waiting": len(plan.waiting),
        **counts,
    }


def _withheld(batch: Batch, previews: Collection[object], words: str) -> str:
    if not previews:
        return f"preview: {words}"
    return (
        "preview: nothing is sent and nothing changes. Read it on this run's tab «Предпросмотр», or find it"
        f" in the menu «Предпросмотры уведомлений»: {batch.name}. A real run: {words}"
    )
