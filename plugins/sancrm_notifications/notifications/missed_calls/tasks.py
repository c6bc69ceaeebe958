"""The tasks of missed calls around their SQL: which day, and from waiting repairs to messages stored and changed."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import psycopg
from airflow.sdk.exceptions import AirflowException, AirflowSkipException

from sancrm_notifications import connections, databases, settings
from sancrm_notifications.airflow.task_errors import explained
from sancrm_notifications.crm import reading
from sancrm_notifications.crm.card_links import CardLinks, can_be_button
from sancrm_notifications.errors.databases import database_fault
from sancrm_notifications.ledger.history import told
from sancrm_notifications.ledger.previews import of_run
from sancrm_notifications.ledger.revising import Revision, revise
from sancrm_notifications.ledger.storing import Batch, store
from sancrm_notifications.notifications.missed_calls.lines import Card, Style, kept_code, kept_device
from sancrm_notifications.notifications.missed_calls.messages import Entry, message, nobody_waits, subject
from sancrm_notifications.notifications.missed_calls.rules import History, Mention
from sancrm_notifications.schedule.crons import calendar, time_zone
from sancrm_notifications.schedule.runs import run_facts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from airflow.sdk import Context

    from sancrm_notifications.notifications.missed_calls.rules import Change
    from sancrm_notifications.settings import Settings
    from sancrm_notifications.text.message import Message

log = logging.getLogger(__name__)

NOTIFICATION = "missed_calls"
# Who has waited longer than this for a call is told as if for the first time, and older messages stay as they are.
REMEMBERED = timedelta(days=366)
_LONGEST_WAIT_SECONDS = 60  # for the other DAG's task; then Airflow tries again
_PREVIEW_KEPT = timedelta(days=1)  # it has names and phones in it
# A first look that found nobody waiting is kept under this name, over a weekend, and confirmed no sooner than this.
_FIRST_LOOK = "nobody_waits"
_FIRST_LOOK_KEPT = timedelta(days=4)
_SECOND_LOOK_AFTER = timedelta(minutes=10)


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
    day: str, waiting: list[dict[str, Any]], cards_sql: str, context: Context, *, is_telling: bool
) -> dict[str, Any]:
    """Write down what is to be told and what is no longer true; return which batch to deliver, and counts.

    ``waiting`` are the rows of ``missed_calls.sql``, ``cards_sql`` the text of ``missed_call_cards.sql``: names and
    phones are read here and handed to the ledger only.  Without ``is_telling`` nothing new is told, only what was
    withdrawn today and is true again.

    :raises AirflowSkipException: the day is over
    :raises AirflowFailException: a setting or a connection is wrong
    :raises AirflowException: the CRM's database or the ledger cannot be reached, or refuses a statement
    """
    now = local_now()
    today = date.fromisoformat(day)
    _skip_unless_today(today, now)
    with explained():
        chosen = settings.load()
        conninfo = connections.ledger_conninfo()
        with _alone(conninfo):
            history = History.from_ledger(now, told(conninfo, NOTIFICATION, since=now - REMEMBERED))
            asked = {row["repair_id"] for row in waiting} | history.watched()
            desk = _Desk(history, _read_cards(cards_sql, asked, chosen), _style(chosen))
            still_waiting = [row["repair_id"] for row in waiting if row["repair_id"] in desk.waiting]
            if not still_waiting:
                log.info("nobody waits for a call on %s", today)
            write = desk.new_messages if is_telling else desk.restored_messages
            new = write(still_waiting, chosen)
            changes = history.changes(desk.waiting)
            batch = _batch(today, now, context)
            if not batch.is_preview and not _is_believed(conninfo, desk, changes):
                return _left_alone(history.doubtful(desk.waiting))
            counts = _write(conninfo, batch, desk, new, changes)
    subjects = None if is_telling else sorted({*history.unfinished(changes), *(message.subject for message in new)})
    return {
        "batch": batch.name,
        "subjects": subjects,
        "is_backfill": False,
        "withheld": _withheld(batch, len(new) + len(changes), subjects),
        "waiting": len(still_waiting),
        **counts,
    }


@contextmanager
def _alone(conninfo: str) -> Iterator[None]:
    """Hold off others from reading what was told until this has written what changes.

    The two DAGs may run side by side, and what one has read earlier must not take the place of what the other wrote.

    :raises psycopg.OperationalError: the ledger cannot be reached, or the other has stopped in the middle
    """
    # Under a name of its own: a delivery ends whom it finds stopped inside a transaction (claiming.sql, end_paused),
    # and reading the CRM may take its time.
    alone = databases.Use(f"{databases.APPLICATION} missed_calls", lock_seconds=_LONGEST_WAIT_SECONDS)
    with databases.connect(conninfo, alone) as connection:
        connection.execute("select pg_advisory_xact_lock(hashtextextended('notifications.missed_calls', 0))")
        yield


def local_now() -> datetime:
    """Return the present moment by the clock that days are counted by."""
    return datetime.now(ZoneInfo(time_zone()))


@dataclass(frozen=True, slots=True)
class _Desk:
    """What messages are written from: what was told, and the cards of all repairs that matter."""

    history: History
    cards: dict[int, Card]
    style: Style

    @property
    def waiting(self) -> set[int]:
        """The repairs whose customer is to be called now."""
        return {repair_id for repair_id, card in self.cards.items() if card.is_waiting}

    def new_messages(self, waiting: Sequence[int], chosen: Settings) -> list[Message]:
        """Return what today's chat has not been told yet; only the first message rings."""
        if not waiting and chosen.missed_calls_say_none and not self.history.is_told_today:
            return [nobody_waits()]
        groups = self.history.groups(waiting, chosen.digest_above)
        told_together = [*((repair_id,) for repair_id in groups.singles), *groups.digests]
        return [
            message(
                subject(repair_ids),
                self.history.today,
                [self._entry(self._mention(repair_id), self.history.today) for repair_id in repair_ids],
                self.style,
                silent=number > 0,
                is_further=number > 0 or self.history.is_told_today,
            )
            for number, repair_ids in enumerate(told_together)
        ]

    def restored_messages(self, waiting: Sequence[int], chosen: Settings) -> list[Message]:
        """Return what was withdrawn today before it could be sent, and is true again."""
        again = [repair_id for repair_id in waiting if repair_id in self.history.withdrawn]
        return self.new_messages(again, chosen) if again else []

    def revision(self, change: Change) -> Revision:
        """Return what a known message must say now."""
        known = change.message
        entries = [self._entry(mention, known.day) for mention in change.mentions]
        is_further = self.history.has_earlier(known)
        written = message(known.subject, known.day, entries, self.style, silent=True, is_further=is_further)
        return Revision(known.day.isoformat(), written, is_withdrawn=change.is_withdrawn)

    def previewed_change(self, change: Change) -> Message:
        """Return what a known message would say; messages of several days may be about one repair."""
        revision = self.revision(change)
        return replace(revision.message, subject=f"{revision.period}/{revision.message.subject}")

    def _mention(self, repair_id: int) -> Mention:
        card = self.cards[repair_id]
        return Mention(
            repair_id=repair_id,
            branch_id=card.branch_id,
            number=card.number,
            code=kept_code(card),
            device=kept_device(card),
            times=self.history.times(repair_id),
        )

    def _entry(self, mention: Mention, day: date) -> Entry:
        first_told_on = self.history.first_told_on(mention.repair_id, before=day)
        return Entry(mention, self.cards.get(mention.repair_id), first_told_on)


def _write(conninfo: str, batch: Batch, desk: _Desk, new: list[Message], changes: list[Change]) -> dict[str, int]:
    """Hand the messages to the ledger and return how many there are of each kind."""
    if batch.is_preview:
        store(conninfo, batch, [*new, *map(desk.previewed_change, changes)])
        return {"previewed": len(new) + len(changes)}
    store(conninfo, batch, new)
    revised = revise(conninfo, batch, map(desk.revision, changes))
    return {"told": len(new), **asdict(revised)}


def _is_believed(conninfo: str, desk: _Desk, changes: list[Change]) -> bool:
    """Tell whether so many customers were called at once: when an earlier look, some time ago, found it too.

    The first such look leaves as a preview what would change; a look that finds somebody waiting removes it.
    """
    first_look = of_run(conninfo, NOTIFICATION, _FIRST_LOOK)
    batch = _first_look_batch(desk.history.today)
    if not desk.history.doubtful(desk.waiting):
        if first_look is not None:
            store(conninfo, batch, [])
        return True
    if first_look is None:
        store(conninfo, batch, map(desk.previewed_change, changes))
        return False
    return datetime.now(UTC) - first_look.stored_at >= _SECOND_LOOK_AFTER


def _first_look_batch(today: date) -> Batch:
    return Batch(
        notification=NOTIFICATION,
        period=today.isoformat(),
        name=f"preview/{NOTIFICATION}/{_FIRST_LOOK}",
        keep=_FIRST_LOOK_KEPT,
        is_preview=True,
        dag_id=NOTIFICATION,
        run_id=_FIRST_LOOK,
    )


def _left_alone(doubtful: int) -> dict[str, Any]:
    """Return what to deliver after a first look that is not believed: nothing, with the reason."""
    words = (
        f"the CRM shows nobody who waits for a call, while by the chat {doubtful} repairs wait: nothing was changed, as"
        " the view reporting.repairs may be empty or its flags may be gone. If all of them were called, the next check"
        f" marks them; to mark them sooner, trigger missed_calls_check by hand {_SECOND_LOOK_AFTER.seconds // 60}"
        " minutes from now"
    )
    log.warning(words)
    return {
        "batch": f"preview/{NOTIFICATION}/{_FIRST_LOOK}",
        "subjects": [],
        "is_backfill": False,
        "withheld": words,
        "waiting": 0,
    }


def _skip_unless_today(day: date, now: datetime) -> None:
    if day != now.date():
        raise AirflowSkipException(
            f"this run is about {day} and today is {now.date()}: the CRM shows only who waits for a call now, so the"
            " list of another day cannot be told. To tell today's, trigger the DAG by hand"
        )


def _read_cards(cards_sql: str, repair_ids: Collection[int], chosen: Settings) -> dict[int, Card]:
    """Return the cards of these repairs by id; one that the CRM no longer has is left out.

    :raises AirflowException: the CRM's database cannot be reached, or refuses the statement
    """
    parameters = {"repair_ids": sorted(repair_ids), "statuses": list(chosen.missed_call_statuses)}
    try:
        rows = reading.rows(connections.source_conninfo(), cards_sql, parameters)
    except psycopg.Error as error:
        raise AirflowException(database_fault(f"the CRM's database (connection {connections.SOURCE})", error)) from None
    cards = (Card(**{**row, "waiting_since": _instant(row["waiting_since"])}) for row in rows)
    return {card.repair_id: card for card in cards}


def _instant(written: str | None) -> datetime | None:
    return None if written is None else datetime.fromisoformat(written)


def _style(chosen: Settings) -> Style:
    links = None
    if chosen.crm_base_url is not None:
        links = CardLinks(chosen.crm_base_url, chosen.repair_card_path)
        if not can_be_button(chosen.crm_base_url):
            log.warning(
                "setting crm_base_url = %r can be no button: Telegram wants a host with a dot. The address stands in"
                " the messages as text",
                chosen.crm_base_url,
            )
    return Style(calendar(), ZoneInfo(time_zone()), chosen.phone_region, links)


def _batch(today: date, now: datetime, context: Context) -> Batch:
    """Return the day's batch, of which nothing is sent after the local midnight; or the run's own preview."""
    dag_id, run_id = context["dag"].dag_id, context["dag_run"].run_id
    midnight = datetime.combine(today + timedelta(days=1), time.min, tzinfo=now.tzinfo)
    is_preview = bool(context["params"]["preview"])
    return Batch(
        notification=NOTIFICATION,
        period=today.isoformat(),
        name=f"preview/{dag_id}/{today}/{run_id}" if is_preview else f"{NOTIFICATION}/{today}",
        keep=_PREVIEW_KEPT if is_preview else midnight.astimezone(UTC) - now.astimezone(UTC),
        is_preview=is_preview,
        dag_id=dag_id,
        run_id=run_id,
    )


def _withheld(batch: Batch, previewed: int, subjects: Collection[str] | None) -> str | None:
    """Return the sentence why nothing is delivered, of a preview or where nothing has changed, or None."""
    if not batch.is_preview:
        return "nothing of what was told has changed" if subjects is not None and not subjects else None
    if not previewed:
        return "preview: there is nothing new to tell and nothing to change"
    return (
        "preview: nothing is sent and nothing changes. Read it on this run's tab «Notification preview», or find it"
        f" in the menu Browse → Notification previews: {batch.name}"
    )
