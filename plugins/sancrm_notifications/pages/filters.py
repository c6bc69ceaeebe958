"""The log's filters as they stand in an address: read leniently, with a sentence about what cannot be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sancrm_notifications.ledger.log import Place, Wanted
from sancrm_notifications.pages.words import RESULTS, STATES
from sancrm_notifications.text.markup import beginning

if TYPE_CHECKING:
    from collections.abc import Mapping

USUAL_DAYS = 31
MOST_DAYS = 92
_LONGEST = 300  # characters of a value; keys and ids are shorter
_SHOWN = 40
_TEXTS = ("notification", "destination", "chat", "run", "key")
NAMES = ("day", "from", "to", "notification", "branch", "destination", "chat", "state", "error", "run", "key")
_EARLIEST, _LATEST = date(2000, 1, 1), date(2999, 12, 31)


@dataclass(frozen=True, slots=True)
class Filters:
    """What an address asks for: ``values`` as typed and readable, the days, and where the page begins."""

    values: dict[str, str]
    first_on: date
    last_on: date
    zone: str
    after: Place | None = None
    problems: list[str] = field(default_factory=list)

    @property
    def is_whole_time(self) -> bool:
        """Whether all there is of a run is shown."""
        return self.first_on == _EARLIEST

    @property
    def wanted(self) -> Wanted:
        """The same for the ledger."""
        get = self.values.get
        branch = get("branch")
        return Wanted(
            from_at=midnight(self.first_on, self.zone),
            until_at=midnight(self.last_on + timedelta(days=1), self.zone),
            notification=get("notification"),
            branch_id=None if branch is None else int(branch),
            destination=get("destination"),
            chat_id=get("chat"),
            state=get("state"),
            result=get("error"),
            run_id=get("run"),
            key_start=get("key"),
        )


def read(given: Mapping[str, str], today: date, zone: str) -> Filters:
    """Return what an address asks for; ``zone`` is the IANA name of the zone that days are counted in."""
    problems: list[str] = []
    cut = {name: beginning(given.get(name, "").strip(), _LONGEST).strip() for name in NAMES}
    values = {name: value for name, value in cut.items() if value and _is_readable(name, value, problems)}
    first_on, last_on = _days(values, today)
    is_of_run = "run" in values and not {"day", "from", "to"} & values.keys()
    if first_on > last_on:
        problems.append("Первый день позже последнего: показаны они в обратном порядке.")
        first_on, last_on = last_on, first_on
    if is_of_run:
        # A run has few messages, and they have an index of their own.
        first_on = _EARLIEST
    elif (last_on - first_on).days >= MOST_DAYS:
        problems.append(f"За раз показывается не больше {MOST_DAYS}\N{NO-BREAK SPACE}дней: показаны последние из них.")
        first_on = last_on - timedelta(days=MOST_DAYS - 1)
    return Filters(values, first_on, last_on, zone, _place(given.get("after", ""), problems), problems)


def written(place: Place) -> str:
    """Return where a page begins as it stands in an address."""
    return f"{place.stored_at.astimezone(UTC).isoformat().removesuffix('+00:00')}_{place.message_id}"


def midnight(day: date, zone: str) -> datetime:
    """Return the first instant of a local day."""
    return datetime.combine(day, time.min, tzinfo=ZoneInfo(zone))


def _days(values: Mapping[str, str], today: date) -> tuple[date, date]:
    if "day" in values:
        day = date.fromisoformat(values["day"])
        return day, day
    first, last = values.get("from"), values.get("to")
    usual = timedelta(days=USUAL_DAYS - 1)
    if first is not None and last is None:
        first_on = date.fromisoformat(first)
        return first_on, min(first_on + usual, max(today, first_on))
    last_on = today if last is None else date.fromisoformat(last)
    return (last_on - usual if first is None else date.fromisoformat(first)), last_on


def _is_readable(name: str, value: str, problems: list[str]) -> bool:
    if _is_known(name, value):
        return True
    problems.append(f"Фильтр «{name}» не понят и не применён: {beginning(value, _SHOWN)}")
    return False


def _is_known(name: str, value: str) -> bool:
    match name:
        case "day" | "from" | "to":
            try:
                return _EARLIEST <= date.fromisoformat(value) <= _LATEST
            except ValueError:
                return False
        case "branch":
            return value.isascii() and value.isdecimal() and len(value) < len(str(2**63))
        case "state":
            return value in STATES
        case "error":
            return value in RESULTS and value != "sent"
        case _:
            return value.isprintable() and name in _TEXTS


def _place(text: str, problems: list[str]) -> Place | None:
    if not text:
        return None
    at, _, number = text.partition("_")
    try:
        stored_at = datetime.fromisoformat(at).replace(tzinfo=UTC)
        if number.isascii() and 0 <= int(number) < 2**63:
            return Place(stored_at, int(number))
    except ValueError:
        pass
    problems.append("Начало страницы в адресе не понято: показано с начала.")
    return None
