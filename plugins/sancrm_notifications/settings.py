"""What tasks read from the Airflow Variable ``sancrm_notifications``: one validated model, every field optional."""

from __future__ import annotations

import json
import re
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from sancrm_notifications.errors.suggestions import meant
from sancrm_notifications.text.markup import beginning
from sancrm_notifications.text.phones import is_region
from sancrm_notifications.text.web_addresses import can_be_button, checked_base_url, checked_card_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pydantic_core import ErrorDetails

VARIABLE = "sancrm_notifications"
_TOKEN = re.compile(r"\d+:[\w-]{20,}")  # a bot token that was pasted into the wrong field
_SHOWN_CHARACTERS = 80

# Upper bounds: more is a slip of the keyboard, and far more is no instant that Python or PostgreSQL can tell.
_HOUR = 3600  # in seconds
_YEAR = 366  # in days
_MANY = 10_000


_DESTINATION = r"^(staff|reports|missed_calls|backups|operators|(branch|team):(\*|[0-9]+))$"


class SettingsError(ValueError):
    """The Variable ``sancrm_notifications`` has a field that cannot be used; the text names field and value."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class BranchChat(_Part):
    """A branch's own chat."""

    chat_id: str = Field(
        pattern=r"^(-?\d+|@\w+)$",
        description='The chat\'s id, such as "-1001234567890".',
        coerce_numbers_to_str=True,
    )
    message_thread_id: int | None = Field(default=None, ge=1, description="The topic, in a group with topics.")


class Limits(_Part):
    """Telegram's limits as this package keeps them; the true ones are unpublished and drift."""

    chat_gap_seconds: float = Field(default=1.0, ge=0, le=_HOUR, description="Between two messages in one chat.")
    group_messages: int = Field(default=20, ge=1, le=_MANY, description="Messages in one group within its window.")
    group_window_seconds: float = Field(default=60.5, ge=0, le=_HOUR, description="The group's window.")
    bot_messages: int = Field(default=30, ge=1, le=_MANY, description="Messages of the whole bot within its window.")
    bot_window_seconds: float = Field(default=1.0, ge=0, le=_HOUR, description="The bot's window.")


class Settings(_Part):
    """The settings of all notifications."""

    branch_chats: dict[int, BranchChat] = Field(
        default={}, description="Own chats of branches, by branch id; the others' reports go to `reports`."
    )
    protected_destinations: tuple[Annotated[str, Field(pattern=_DESTINATION)], ...] = Field(
        default=(),
        description="Destinations whose messages cannot be forwarded, copied or saved, such as `reports`; `branch:*` is"
        " every branch, `team:*` every team.",
    )
    sending: bool = Field(
        default=True, description="Off: everything is computed and stored, nothing leaves for Telegram."
    )
    rich: Literal["auto", "off"] = Field(
        default="auto", description="Native tables where the server knows them, or never."
    )
    pictures: bool = Field(
        default=True, description="Send a picture with the network's weekly and monthly summary; off: the texts alone."
    )
    whole_roubles: bool = Field(default=False, description="Show amounts rounded to whole roubles.")
    name_unusual: bool = Field(
        default=True, description="Name a branch's day, week or month that leaves its own usual range."
    )
    source_quiet_hours: int = Field(
        default=8,
        ge=0,
        le=_YEAR * 24,
        description="How long before a period's end the CRM may have been quiet without a word in the footer.",
    )
    report_lateness_hours: float = Field(
        default=24, gt=0, le=_YEAR * 24, description="A scheduled report later than this is stored, not sent."
    )
    report_keep_days: int = Field(
        default=30, ge=1, le=10 * _YEAR, description="How long after being stored a report is still worth sending."
    )
    keep_texts_days: int = Field(
        default=30,
        ge=1,
        le=10 * _YEAR,
        description="How long after its last use the text of a message stays in the ledger; figures and facts stay.",
    )
    missed_call_statuses: tuple[str, ...] = Field(
        default=("Готов", "Подбор"),
        min_length=1,
        description="Repairs in these statuses, as staff see them, whose customer is to be called, are told.",
    )
    digest_above: int = Field(
        default=20,
        ge=0,
        le=_MANY,
        description="So many missed calls a day have a message each; the rest share messages of up to ten.",
    )
    missed_calls_say_none: bool = Field(
        default=False, description="Say it in the chat, in one line, when nobody waits for a call."
    )
    team_chats: dict[int, BranchChat] = Field(
        default={},
        description="Chats of branches' teams, by branch id: there staff ask the bot and hear of repairs, of missed"
        " calls if the page events says so; no money is told there.",
    )
    bulk_above: int = Field(
        default=200,
        ge=0,
        le=_MANY,
        description="When more clients than this would hear of the same status within ten minutes, a person is asked.",
    )
    company_name: str | None = Field(
        default=None,
        min_length=1,
        max_length=100,
        description="What the business is called when the bot speaks to clients, such as `Инструмент-Сервис`.",
    )
    consent_url: str | None = Field(
        default=None,
        max_length=500,
        description="The web page on personal data that the bot links to when it asks for consent.",
    )
    public_status_url: str | None = Field(
        default=None,
        max_length=500,
        description="The CRM's public page on which anybody looks up a repair; shown to whom the bot does not know.",
    )
    phone_region: str = Field(
        default="RU",
        pattern=r"^[A-Z]{2}$",
        description="The country of phone numbers that are typed without its code: two letters of ISO 3166-1.",
    )
    crm_base_url: str | None = Field(
        default=None,
        max_length=200,
        description="The CRM's web address, such as `https://crm.example.org`; none: no button «Открыть в CRM».",
    )
    repair_card_path: str = Field(
        default="/repairs/{repair_id}",
        max_length=200,
        description="The path of a repair's card there, with `{repair_id}`, `{number}` or `{code}` in it.",
    )
    summary_wait_minutes: float = Field(
        default=10, ge=0, le=24 * 60, description="How long the network's summary waits for the branches' reports."
    )
    longest_wait_seconds: float = Field(
        default=90,
        gt=0,
        le=_HOUR,
        description="A longer wait for Telegram leaves the worker and goes to the triggerer.",
    )
    operator_emails: tuple[Annotated[str, Field(pattern=r"^[^@\s,;]+@[^@\s,;]+$")], ...] = Field(
        default=(),
        description="Who hears of a failure by e-mail when Telegram does not take the news, through the connection"
        " `smtp_default`.",
    )
    failures_per_hour: int = Field(
        default=10, ge=1, le=_MANY, description="More failures within an hour are not told one by one."
    )
    backup_max_age_hours: float = Field(
        default=26, gt=0, le=_YEAR * 24, description="A database without a good copy for longer is told of, every day."
    )
    backup_longest_hours: float = Field(
        default=6, gt=0, le=_YEAR * 24, description="An attempt to back up that runs longer is told of."
    )
    backup_lookback_hours: float = Field(
        default=72,
        gt=0,
        le=_YEAR * 24,
        description="Failed backups older than this are not told any more, so that a new installation starts quietly.",
    )
    backup_watch_days: int = Field(
        default=30, ge=1, le=_YEAR, description="A database is watched this long after its last attempt to back up."
    )
    backup_reminder_hour: int = Field(
        default=9, ge=0, le=23, description="From this hour on staff are reminded daily that a good copy is missing."
    )
    backup_keep_hours: float = Field(
        default=72, gt=0, le=_YEAR * 24, description="How long after being stored news of a backup is worth sending."
    )
    limits: Limits = Field(default=Limits(), description="Telegram's limits on the number of messages.")

    def own_chats(self) -> tuple[str, ...]:
        """Return the destinations of branches and teams that have a chat of their own."""
        chats = {"branch": self.branch_chats, "team": self.team_chats}
        return tuple(f"{kind}:{branch_id}" for kind, of_kind in chats.items() for branch_id in sorted(of_kind))

    def is_protected(self, destination: str) -> bool:
        """Tell whether messages to a destination must not leave their chat."""
        kind, _, number = destination.partition(":")
        names = {destination}
        chats, general = {"branch": (self.branch_chats, "reports"), "team": (self.team_chats, "staff")}.get(
            kind, ({}, destination)
        )
        if kind in {"branch", "team"}:
            names.add(f"{kind}:*")
            # What has no chat of its own is in the general one.
            if not number.isdecimal() or int(number) not in chats:
                names.add(general)
        return not names.isdisjoint(self.protected_destinations)

    @field_validator("phone_region")
    @classmethod
    def _known_region(cls, code: str) -> str:
        if not is_region(code):
            raise ValueError("there are no phone numbers of this region, RU is one that has")
        return code

    @field_validator("crm_base_url")
    @classmethod
    def _web_address(cls, written: str | None) -> str | None:
        return None if written is None else checked_base_url(written)

    @field_validator("consent_url", "public_status_url")
    @classmethod
    def _page_for_clients(cls, written: str | None) -> str | None:
        if written is not None and not can_be_button(written):
            raise ValueError("it must be http:// or https:// and a host with a dot, such as https://example.org/data")
        return written

    @field_validator("repair_card_path")
    @classmethod
    def _card_path(cls, written: str) -> str:
        return checked_card_path(written)


def parse(text: str | None) -> Settings:
    """Return the settings that a Variable's JSON text says; None or empty means all defaults.

    :raises SettingsError: naming each wrong field, its value and what was expected
    """
    written = (text or "").strip() or "{}"
    faults = [f"the field {name} stands there twice" for name in _repeated(written)]
    try:
        chosen = Settings.model_validate_json(written)
    except ValidationError as error:
        faults += dict.fromkeys(map(_sentence, _own(error.errors())))
    if faults:
        raise SettingsError(f"Airflow Variable {VARIABLE}: {'; '.join(faults)}") from None
    return chosen


def load() -> Settings:
    """Return the settings from Airflow.

    :raises SettingsError: see :func:`parse`; or it is there and Airflow cannot read it
    :raises SecretsBackendError: nobody can say whether it is there: all defaults would send what is switched off
    """
    from airflow.sdk import Variable

    from sancrm_notifications.secrets_backends import UnreadableError, require_absent_variable

    written: str | None = Variable.get(VARIABLE, default=None)
    if written is None:
        try:
            require_absent_variable(VARIABLE)
        except UnreadableError as error:
            raise SettingsError(str(error)) from None
    return parse(written)


def _repeated(text: str) -> list[str]:
    """Return the names that stand in one object of the JSON text twice: of these the last would count, silently."""
    repeated: list[str] = []

    def noted(pairs: list[tuple[str, object]]) -> dict[str, object]:
        names = Counter(name for name, _ in pairs)
        repeated.extend(name for name, count in names.items() if count > 1)
        return dict(pairs)

    with suppress(ValueError, RecursionError):  # that it is no JSON is said by the model
        json.loads(text, object_pairs_hook=noted)
    return repeated


def _unknown(location: tuple[int | str, ...]) -> str:
    """Return what is said of a field that there is not."""
    from sancrm_notifications.schedule.crons import OPTIONS, SECTION

    *above, name = map(str, location)
    words = f"there is no field {'.'.join([*above, name])}"
    if not above and name in OPTIONS:
        return f"{words}: it is an option of Airflow's configuration, section [{SECTION}]"
    return f"{words}{meant(name, _fields_beside(location))}"


def _fields_beside(location: tuple[int | str, ...]) -> Iterable[str]:
    """Return the names of the fields that there are where this one was written."""
    if len(location) == 1:
        return Settings.model_fields
    return (BranchChat if location[0] in {"branch_chats", "team_chats"} else Limits).model_fields


def _own(faults: Sequence[ErrorDetails]) -> list[ErrorDetails]:
    """Return the faults without those that only follow from another: one slip is one sentence."""
    misspelt = {
        (*fault["loc"][:-1], name)
        for fault in faults
        if fault["type"] == "extra_forbidden"
        for name in _fields_beside(fault["loc"])
        if meant(str(fault["loc"][-1]), [name])
    }
    within = {fault["loc"][:end] for fault in faults for end in range(len(fault["loc"]))}
    return [
        fault
        for fault in faults
        if fault["loc"] not in within and not (fault["type"] == "missing" and fault["loc"] in misspelt)
    ]


def _sentence(fault: ErrorDetails) -> str:
    """Return what is wrong with one field; values of unknown fields may be secrets and are not said."""
    field = ".".join(map(str, fault["loc"]))
    match fault["type"]:
        case "json_invalid":
            return f"the text is no valid JSON ({fault['msg'].removeprefix('Invalid JSON: ')})"
        case "extra_forbidden":
            return _unknown(fault["loc"])
        case "missing":
            return f"the field {field} is required"
        case _:
            shown = beginning(_TOKEN.sub("***", repr(fault["input"])), _SHOWN_CHARACTERS)
            return f"{field or 'the whole'} = {shown}: {fault['msg'].removeprefix('Value error, ')}"
