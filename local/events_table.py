"""``python -m local.events_table``: writes the table of docs/events.md anew: each event as it ships."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sancrm_notifications.events.quiet_hours import QuietHours
from sancrm_notifications.pages import event_words
from sancrm_notifications.text.delivery_notes import plain_text

if TYPE_CHECKING:
    from sancrm_notifications.event_texts import EventText

DOCUMENT = Path(__file__).parent.parent / "docs" / "events.md"
_MARK = "events"
_HEADINGS = ("audience", "event", "DAG", "told", "its text begins", "quiet hours")


def documented(text: str) -> str:
    """Return the document's text with the table as the code says now."""
    before, _, rest = text.partition(f"<!-- {_MARK} -->\n")
    _, mark, after = rest.partition(f"<!-- /{_MARK} -->")
    return f"{before}<!-- {_MARK} -->\n{table()}\n{mark}{after}"


def table() -> str:
    """Return the table as Markdown, clients first, each audience in the order in which a repair lives."""
    rows = event_words.rows()
    texts = [text for row in rows if (text := row.client)] + [text for row in rows if (text := row.staff)]
    lines = [f"| {' | '.join(cells)} |" for cells in (_HEADINGS, *map(_row, texts))]
    return "\n".join([lines[0], "|---" * len(_HEADINGS) + "|", *lines[1:]])


def _row(text: EventText) -> tuple[str, ...]:
    return text.audience, f"`{text.event}`", f"`{text.dag_id}`", _told(text), _first_line(text), _quiet(text)


def _told(text: EventText) -> str:
    if not text.has_switch:
        return "as of one"
    return "yes" if text.is_shipped_on else "no"


def _first_line(text: EventText) -> str:
    """Return how the text begins, of the examples."""
    html = text.shipped.render({name: said.example for name, said in text.names.items()})
    return plain_text(html).partition("\n")[0]


def _quiet(text: EventText) -> str:
    quiet = QuietHours()
    return f"{quiet.begin:%H:%M}–{quiet.end:%H:%M}" if text.audience == "client" else "none"


if __name__ == "__main__":
    DOCUMENT.write_text(documented(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
