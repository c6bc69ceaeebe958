"""How a client and the bot come together: greeting, the shared number, the link, a repair's code, consent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sancrm_notifications.bot.messages.branches import call_us
from sancrm_notifications.bot.messages.typeset import typeset
from sancrm_notifications.text.markup import bold, escape, one_line, value
from sancrm_notifications.text.russian import counted

if TYPE_CHECKING:
    from sancrm_notifications.crm.clients import Branch

CONSENT_VERSION = "2026-11"
"""Changes with the meaning of :func:`ask_consent`: who agreed before has agreed to the former words."""
_HIDDEN = "•••"
_MOST_WORDS = 4


@typeset
def greeting(company: str | None, status_page: str | None) -> str:
    """Return the first words to somebody whom the bot does not know yet."""
    lines = [
        f"Здравствуйте! Это бот {_center(company)}.",
        "",
        "Подскажу, готов ли ваш ремонт, сколько он стоит и когда его забирать.",
        "",
        how_to_bind(),
    ]
    return "\n".join([*lines, *_page(status_page)])


@typeset
def how_to_bind() -> str:
    """Return how the bot comes to know a person."""
    return (
        "Чтобы найти ваши заказы, нажмите внизу «Поделиться номером». Нужен тот номер телефона, который"
        " вы оставили в мастерской."
    )


@typeset
def first_bind(status_page: str | None) -> str:
    """Return the answer to a question of somebody whom the bot does not know."""
    return "\n".join(["Пока не знаю, какие заказы ваши.", "", how_to_bind(), *_page(status_page)])


@typeset
def welcome_back(company: str | None) -> str:
    """Return the greeting of a client who opens the bot again."""
    return f"Здравствуйте! Это бот {_center(company)}. Спрашивайте: «Статус», «Стоимость», «Сроки» или «Контакты»."


@typeset
def resumed() -> str:
    """Return the answer to /start after /stop."""
    return "Рады видеть вас снова! Опять буду писать, когда с вашим заказом что-то изменится."


@typeset
def number_confirmed() -> str:
    """Return the answer to the own contact."""
    return "Спасибо, номер подтверждён. Теперь можно спрашивать в любое время."


@typeset
def number_without_orders(branch: Branch | None, region: str) -> str:
    """Return what follows when no customer of the CRM has the number."""
    return (
        "Заказов с этим номером пока нет. Если в мастерской вы оставили другой номер,"
        f" {call_us(branch, region)} — его поправят."
    )


@typeset
def foreign_contact() -> str:
    """Return the answer to a contact that is not the sender's own."""
    return "Это чужой контакт или пересланный. Нажмите, пожалуйста, внизу «Поделиться номером»: так придёт именно ваш."


@typeset
def unusable_number(branch: Branch | None, region: str) -> str:
    """Return the answer to an anonymous number: nobody can be reached by it."""
    return (
        "По этому номеру заказы найти нельзя: он анонимный. Попросите в мастерской ссылку на бота —"
        f" для этого {call_us(branch, region)}."
    )


@typeset
def share_again() -> str:
    """Return the request to show the number once more."""
    return (
        "Прошёл год с тех пор, как вы подтвердили номер. Номера меняют хозяев, поэтому спрошу ещё раз:"
        " нажмите внизу «Поделиться номером»."
    )


@typeset
def ask_code() -> str:
    """Return the question that tells a shared number's customers apart; it says nothing of any of them."""
    return (
        "Этот номер записан сразу у нескольких клиентов. Чтобы не показать вам чужое, пришлите номер вашего"
        f" ремонта с квитанции, например {bold('A-12841')}."
    )


@typeset
def wrong_code(tries_left: int, branch: Branch | None, region: str) -> str:
    """Return the answer to a code that does not fit; it does not say whether there is such a repair."""
    if tries_left <= 0:
        return no_tries(branch, region)
    tries = counted(tries_left, "попытка", "попытки", "попыток")
    left = "Осталась" if tries_left == 1 else "Осталось"
    return f"Такого номера среди ваших ремонтов нет. Проверьте, пожалуйста, по квитанции. {left} {tries}."


@typeset
def no_tries(branch: Branch | None, region: str) -> str:
    """Return the answer after the last try of a day."""
    return f"На сегодня попытки закончились. Попробуйте завтра или {call_us(branch, region)}."


@typeset
def code_fits() -> str:
    """Return the answer to a code that fits."""
    return "Спасибо, нашёл. Теперь можно спрашивать в любое время."


def masked(name: str | None) -> str | None:
    """Return a name of which only the person can tell that it is theirs: ``П••• И•••``; None: there is none."""
    words = [word for word in one_line(name or "").split() if any(map(str.isalnum, word))][:_MOST_WORDS]
    firsts = [next(filter(str.isalnum, word)).upper() for word in words]
    return " ".join(f"{first}{_HIDDEN}" for first in firsts) or None


@typeset
def is_it_you(name: str | None) -> str:
    """Return the question before a link binds; the name is shown masked."""
    hidden = masked(name)
    if hidden is None:
        return "Эта ссылка сделана для клиента мастерской. Это вы?"
    return f"Эта ссылка сделана для клиента: {bold(value(hidden))}. Это вы?"


@typeset
def link_binds() -> str:
    """Return the answer to «Да, это я»."""
    return "Готово, вы подключены. Теперь можно спрашивать в любое время."


@typeset
def already_bound() -> str:
    """Return the answer to a link that this account has used before."""
    return "Вы уже подключены. Спрашивайте: «Статус», «Стоимость», «Сроки» или «Контакты»."


@typeset
def link_refused() -> str:
    """Return the answer to a link that another account has used."""
    return (
        "Этой ссылкой уже воспользовались из другого аккаунта. Если это были не вы, скажите в мастерской."
        " А подключиться можно и без ссылки.\n\n" + how_to_bind()
    )


@typeset
def link_expired() -> str:
    """Return the answer to a link that is too old."""
    return "Срок действия ссылки прошёл, но она и не нужна.\n\n" + how_to_bind()


@typeset
def link_unknown() -> str:
    """Return the answer to a link that there is not, or that is withdrawn."""
    return "Эта ссылка не действует.\n\n" + how_to_bind()


@typeset
def link_declined() -> str:
    """Return the answer to «Нет, это не я»."""
    return (
        "Спасибо, что сказали. Ссылка больше не действует, мастерская об этом узнает. Если вы тоже наш клиент,"
        " подключиться просто.\n\n" + how_to_bind()
    )


@typeset
def ask_consent(company: str | None, consent_url: str | None) -> str:
    """Return who would write and why, and the question whether that is welcome."""
    lines = [
        bold("Можно писать вам первым?"),
        "",
        f"От имени {_center(company)} сообщу сюда, когда инструмент готов или статус ремонта изменился.",
        "Рекламы не будет. Отключить можно в любой момент командой /stop.",
    ]
    if consent_url:
        lines += ["", f'<a href="{escape(consent_url)}">Как мы обращаемся с вашими данными</a>']
    return "\n".join(lines)


@typeset
def consented() -> str:
    """Return the answer to «Согласен»."""
    return "Спасибо! Напишу, когда будет что сообщить. Отключить можно командой /stop."


@typeset
def not_consented() -> str:
    """Return the answer to «Не сейчас»."""
    return "Хорошо, первым писать не буду. Спрашивать можно всегда, а передумаете — отправьте /start."


def _center(company: str | None) -> str:
    return f"сервисного центра «{value(one_line(company))}»" if company else "сервисного центра"


def _page(status_page: str | None) -> list[str]:
    if not status_page:
        return []
    return ["", f'Узнать статус по номеру ремонта можно и <a href="{escape(status_page)}">на сайте</a>.']
