"""What the bot is for, as a person reads it before writing to it: plain text, without markup."""

from __future__ import annotations

from sancrm_notifications.bot.messages.typeset import typeset
from sancrm_notifications.text.markup import beginning, one_line

_LONGEST_NAME = 40


@typeset
def description(company: str | None) -> str:
    """Return what stands in the empty chat, above its only button: each of Telegram's programs calls that otherwise."""
    return (
        f"Здравствуйте! Это бот {_named(company)}. Скажу, готов ли ваш инструмент, сколько стоит ремонт и когда его"
        " забрать, в любое время суток.\n\nНажмите кнопку внизу и поделитесь номером телефона, который вы оставили при"
        " приёме, или откройте ссылку, которую вам дали."
    )


@typeset
def short_description(company: str | None) -> str:
    """Return what stands on the bot's profile and below links to it."""
    return f"Бот {_named(company)}: готов ли инструмент, сколько стоит и когда забрать."


def _named(company: str | None) -> str:
    name = beginning(one_line(company or ""), _LONGEST_NAME)
    return f"мастерской «{name}»" if name else "мастерской"
