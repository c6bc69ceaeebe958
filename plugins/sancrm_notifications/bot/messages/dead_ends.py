"""What the bot answers where it does not understand: always with a way on."""

from __future__ import annotations

from typing import Literal

from sancrm_notifications.bot.messages.typeset import typeset

Kind = Literal["text", "command", "voice", "picture", "sticker", "file", "place", "other", "edited"]

_FIRST_WORDS: dict[Kind, str] = {
    "text": "Я бот и на такое ответить не умею, но мастерская поможет.",
    "command": "Такой команды у меня нет.",
    "voice": "Слушать голосовые я не умею.",
    "picture": "Смотреть фото и видео я не умею: покажите их, пожалуйста, в мастерской.",
    "sticker": "Красиво! Но отвечать на стикеры я не умею.",
    "file": "Открывать файлы я не умею.",
    "place": "За инструментом пока не приезжаю: я бот.",
    "other": "С таким сообщением я не справлюсь.",
    "edited": "Вижу, что вы исправили сообщение, но и теперь его не понимаю.",
}
_NIGHT = "Сейчас ночь: по телефону ответят с 9:00."


@typeset
def dead_end(kind: Kind, contacts: str, *, is_known: bool, is_night: bool) -> str:
    """Return the answer to what is not understood; ``contacts`` is who can help instead, as HTML."""
    ways = "«Статус», «Стоимость», «Сроки»" if is_known else "«Поделиться номером»"
    way = f"У меня можно спросить: {ways}." if is_known else f"Чтобы я нашёл ваши заказы, нажмите внизу {ways}."
    return "\n\n".join(filter(None, [_FIRST_WORDS[kind], way, _NIGHT if is_night else "", contacts]))


@typeset
def old_button() -> str:
    """Return the notice at a button that means nothing any more."""
    return "Эта кнопка уже не действует. Напишите «Статус»."


@typeset
def not_yours() -> str:
    """Return the notice at a button of an order that is not, or no longer, this person's."""
    return "Этого заказа среди ваших нет. Напишите «Статус»."


@typeset
def help_text(*, is_known: bool) -> str:
    """Return the answer to /help."""
    lines = [
        "Спросите кнопкой, словом или командой:",
        "",
        "«Статус» — что с ремонтом или прокатом (/status)",
        "«Стоимость» — сколько платить (/cost)",
        "«Сроки» — когда забирать или возвращать (/terms)",
        "«Контакты» — адрес, часы и телефон (/contacts)",
        *(["«Перезвоните мне» — передам мастерской", "Остальное, что вы напишете, тоже передам."] if is_known else []),
        "",
        "Что о вас хранится — /mydata, стереть это — /delete.",
    ]
    if is_known:
        lines += ["Не писать вам первым — /stop, снова писать — /start."]
    else:
        lines += ["", "Сначала нажмите внизу «Поделиться номером», чтобы я нашёл ваши заказы."]
    return "\n".join(lines)
