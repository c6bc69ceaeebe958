"""What may be said to the bot: commands by who sees them, and plain Russian words that mean the same."""

from __future__ import annotations

import re
from dataclasses import dataclass

COMMANDS: dict[str, tuple[tuple[str, str], ...]] = {
    "all_private_chats": (
        ("status", "Статус ремонта или проката"),
        ("cost", "Сколько стоит"),
        ("terms", "Когда будет готово"),
        ("contacts", "Адрес, часы работы, телефон"),
        ("help", "Что я умею"),
        ("mydata", "Что о вас хранится"),
        ("stop", "Не писать мне первым"),
        ("delete", "Удалить мои данные"),
    ),
    "all_group_chats": (
        ("status", "Статус ремонта: /status A-12841"),
        ("id", "Номер этого чата и темы"),
        ("help", "Что я умею в группе"),
    ),
}
"""Name and description of each command, by the scope of ``setMyCommands`` (BotCommandScope…, its ``type``)."""

_WORDS = {
    "start": "старт начать начало привет здравствуйте добрыйдень добрыйвечер доброеутро",
    "status": "статус готово готов готовли гдемойремонт гдеремонт гдемойинструмент чтосремонтом чтосмоимремонтом"
    " ремонт мойремонт моиремонты прокат мойпрокат моизаказы заказ мойзаказ какойстатус статусремонта ремонтготов"
    " готовлиремонт готовлимойремонт",
    "cost": "стоимость цена сколько сколькостоит сколькостоитремонт ценаремонта стоимостьремонта почем"
    " сколькоплатить коплате счет",
    "terms": "сроки срок когда когдаготов когдабудетготово когдабудетготов когдазабрать когдазабирать срокремонта"
    " докакогочисла",
    "contacts": "контакты контакт адрес телефон гдевы гдевынаходитесь какдоехать часыработы графикработы график"
    " режимработы докоторогочасавыработаете выработаете",
    "help": "помощь помоги чтотыумеешь чтоумеешь команды меню справка",
    "stop": "стоп отписаться отпишите неписать непишите непишитемне хватит",
    "delete": "удалить удалитьданные удалитьмоиданные удалитеменя удалитемоиданные",
    "mydata": "моиданные какиеданныехранятся чтообомнехранится",
    "not_me": "этонея",
    "callback": "перезвонитемне перезвоните позвонитемне позвоните свяжитесьсомной перезвонитемнепожалуйста",
}
_MEANINGS = {word: name for name, words in _WORDS.items() for word in words.split()}
_COMMAND = re.compile(r"/(?P<name>[A-Za-z0-9_]{1,32})(?:@(?P<bot>\w+))?(?:\s+(?P<argument>.*))?", re.DOTALL)
_NO_LETTERS = re.compile(r"[^a-zа-я0-9]+")
_LONGEST_WORDS = 60


@dataclass(frozen=True, slots=True)
class Command:
    """What is wanted, and what was written behind it."""

    name: str
    argument: str = ""


def command_of(text: str, bot_username: str) -> Command | None:
    """Return the command that a text is, or means; None: it is neither, or is another bot's."""
    found = _COMMAND.fullmatch(text.strip())
    if found is None:
        return _meant(text)
    if found["bot"] and found["bot"].lower() != bot_username.lower():
        return None
    return Command(found["name"].lower(), (found["argument"] or "").strip())


def is_for_another(text: str, bot_username: str) -> bool:
    """Tell whether a text is a command that names another bot."""
    found = _COMMAND.fullmatch(text.strip())
    return bool(found and found["bot"] and found["bot"].lower() != bot_username.lower())


def _meant(text: str) -> Command | None:
    if len(text) > _LONGEST_WORDS:
        return None
    name = _MEANINGS.get(_NO_LETTERS.sub("", text.lower().replace("ё", "е")))
    return Command(name) if name else None
