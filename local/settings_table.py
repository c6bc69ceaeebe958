"""``python -m local.settings_table``: writes the tables of docs/settings.md anew, from the model and the schedules."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel
from pydantic_core import to_json

from sancrm_notifications.schedule.crons import TIMES
from sancrm_notifications.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

DOCUMENT = Path(__file__).parent.parent / "docs" / "settings.md"
# Options of ``[sancrm_notifications]``: their default as it is written there, and what they do.
OPTIONS = {
    "timezone": ("Europe/Moscow", "The zone in which days, weeks and months are counted and crons are read."),
    "calendar_country": ("RU", "Whose [working days](working_days.md) count: ISO 3166-1."),
    "days_off": ("", "Own days off: ISO dates separated by commas."),
    "working_days": ("", "Own working days, likewise; they win over weekends, holidays and moved days."),
    "profitability_daily_cron": (TIMES["profitability_daily"].cron, "The report of the day before."),
    "profitability_weekly_cron": (TIMES["profitability_weekly"].cron, "The report of the week before."),
    "profitability_monthly_cron": (TIMES["profitability_monthly"].cron, "The report of the month before."),
    "missed_calls_cron": (TIMES["missed_calls"].cron, "The list of missed calls, on working days."),
    "missed_calls_check_cron": (
        TIMES["missed_calls_check"].cron,
        "Whoever was called is taken off, on working days.",
    ),
    "backup_failures_cron": (TIMES["backup_failures"].cron, "The look at the backups."),
    "check_connections_cron": (TIMES["check_connections"].cron, "The check of everything the notifications need."),
    "erase_old_texts_cron": (TIMES["erase_old_texts"].cron, "Old texts leave the ledger."),
    "pickup_reminders_cron": (
        TIMES["pickup_reminders"].cron,
        "Who has not collected what is ready is reminded, on working days.",
    ),
    "client_bot_cron": (TIMES["client_bot"].cron, "The next run takes over the bot; at most six an hour."),
    "deadline_minutes": ("15", "How long after its time a report should be in the chat, or the operators hear of it."),
}


def documented(text: str) -> str:
    """Return the document's text with both tables as the code says now."""
    for name, table in tables().items():
        before, _, rest = text.partition(f"<!-- {name} -->\n")
        _, mark, after = rest.partition(f"<!-- /{name} -->")
        text = f"{before}<!-- {name} -->\n{table}\n{mark}{after}"
    return text


def tables() -> dict[str, str]:
    """Return the tables as Markdown, by the mark that stands around them.

    The fields of the Variable are named by their path in its JSON.
    """
    options = [(name, f"`{default}`" if default else "none", meaning) for name, (default, meaning) in OPTIONS.items()]
    fields = [(path, f"`{default}`", meaning) for path, default, meaning in _fields(Settings)]
    return {"options": _table("option", options), "settings": _table("field", fields)}


def _table(first: str, rows: list[tuple[str, str, str]]) -> str:
    lines = [f"| `{name}` | {default} | {meaning} |" for name, default, meaning in rows]
    return "\n".join([f"| {first} | default | what it does |", "|---|---|---|", *lines])


def _fields(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, str, str]]:
    for name, field in model.model_fields.items():
        kind: Any = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _fields(kind, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", _default(field), field.description or ""


def _default(field: FieldInfo) -> str:
    return to_json(field.get_default(call_default_factory=True)).decode()


if __name__ == "__main__":
    DOCUMENT.write_text(documented(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
