"""The line below a message that says who has called whom: written at once by the bot, and kept by every later edit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sancrm_notifications.text.markup import beginning, one_line, value
from sancrm_notifications.text.monospace import ELLIPSIS, shortened
from sancrm_notifications.text.russian import tied, time_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_MARK = "✓ "
_LONGEST = 24


def call_mark(code: str | None, who: str, at: datetime) -> str:
    """Return ``✓ B-12841, позвонили: Кира, 20 ноября, 14:05``.

    ``at`` is local; ``code`` names the repair where the message is about several, else it is None.
    """
    which = f"{_short(code)}, " if code else ""
    return tied(f"{_MARK}{which}позвонили: {_short(who)}, {time_text(at)}")


def with_marks(html: str, marks: Sequence[str]) -> str:
    """Return a text with such lines below it, behind those that it has."""
    if not marks:
        return html
    has_marks = html.rsplit("\n", 1)[-1].startswith(_MARK)
    return "\n".join([html, *([] if has_marks else [""]), *marks])


def _short(text: str) -> str:
    line = one_line(text)
    # Marks that take no column may be many.
    cut = line if len(line) <= _LONGEST else beginning(line, _LONGEST - 1) + ELLIPSIS
    return value(shortened(cut, _LONGEST))
