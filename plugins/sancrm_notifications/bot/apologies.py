"""What the listener itself says: that an answer comes later, and that it comes late. Texts are Bot API HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sancrm_notifications.text.limits import PART_LIMIT
from sancrm_notifications.text.markup import visible_length

if TYPE_CHECKING:
    from collections.abc import Iterable

LATER = "Сейчас не получается заглянуть в\u00a0базу мастерской. Отвечу чуть позже, спрашивать снова не\u00a0нужно."
RETURNED = "Мы\u00a0вернулись, вот ответ:"
TOGETHER = "Вопросов было много, вот ответ на\u00a0все сразу:"


def together(answers: Iterable[str], *, is_after_outage: bool) -> str:
    """Return several answers as one message, each once; of what does not fit, the latest stay."""
    different = list(dict.fromkeys(reversed(list(answers))))
    heading = RETURNED if is_after_outage else TOGETHER if len(different) > 1 else ""
    chosen: list[str] = []
    left = PART_LIMIT - len(heading)
    for html in different:
        left -= visible_length(html) + 2
        if chosen and left < 0:
            break
        chosen.append(html)
    return "\n\n".join(filter(None, [heading, *reversed(chosen)]))
