"""What a client reads who promises something, asks for something, or is answered by staff."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sancrm_notifications.bot.messages.typeset import typeset
from sancrm_notifications.text.markup import bold, value, within

if TYPE_CHECKING:
    from sancrm_notifications.ledger.comments import Kind

LONGEST_COMMENT = 2000
_LONGEST_QUOTE = 300
_MORNING = "Сейчас ночь: ответят с 9:00."


@typeset
def expected() -> str:
    """Return the notice at «Понял, приду»."""
    return "Спасибо, ждём вас!"


@typeset
def coming_mark() -> str:
    """Return the line below the message under which «Понял, приду» was pressed."""
    return "✓ Вы ответили: «Понял, приду»"


@typeset
def handed_over(kind: Kind, *, is_night: bool) -> str:
    """Return what a client hears whose comment, or wish to be called, has gone to the workshop."""
    words = "Передал мастерской: вам перезвонят." if kind == "callback" else "Передал мастерской. Ответ придёт сюда."
    return f"{words}\n\n{_MORNING}" if is_night else words


@typeset
def which() -> str:
    """Return the question of which repair a comment is."""
    return "О каком ремонте речь? Нажмите, и я передам мастерской."


@typeset
def callback_notice() -> str:
    """Return the notice at «Перезвоните мне»."""
    return "Передал мастерской: вам перезвонят."


@typeset
def callback_known() -> str:
    """Return what a client hears who has asked to be called just before."""
    return "Уже передал: вам перезвонят."


@typeset
def callback_mark() -> str:
    """Return the line below the message under which «Перезвоните мне» was pressed."""
    return "✓ Вы попросили перезвонить"


@typeset
def call_yourself() -> str:
    """Return the notice at «Перезвоните мне» where there is nobody to hand it to."""
    return "Передать некому. Напишите «Контакты»: там телефон мастерской."


@typeset
def reply(text: str, to: str | None) -> str:
    """Return what a client gets when staff answer; ``to`` is what the client has written, None: nothing."""
    lines = [bold("Ответ мастерской")]
    if to:
        lines.append(f"<blockquote>{value(within(to, _LONGEST_QUOTE))}</blockquote>")
    return "\n".join([*lines, value(within(text, LONGEST_COMMENT))])
