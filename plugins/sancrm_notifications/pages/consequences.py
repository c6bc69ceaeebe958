"""What follows from where a message stands: one sentence for whoever has opened it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sancrm_notifications.pages.decisions import cause

if TYPE_CHECKING:
    from collections.abc import Mapping

_SENTENCES = {
    "sending": "Запрос к Telegram идёт прямо сейчас: обновите страницу через минуту.",
    "covered": "Отдельно отправлять нечего: всё уже сказано в первой части этого сообщения.",
    "held": (
        "Никто не знает, дошло ли оно: посмотрите в чат и решите, отправить ли его снова. Само оно больше не уйдёт."
    ),
    "not_wanted": "Человек решил, что оно больше не нужно: оно не уйдёт и решения не ждёт.",
}
_ADVICE = "Когда причина устранена, отправьте его снова: само оно больше не уйдёт."


def consequence(message: Mapping[str, Any]) -> str:
    """Return what follows from a message's state, edits and possible repeats."""
    state = message["state"]
    if state == "sent":
        return _of_sent(message)
    if state == "stored":
        return _of_stored(message)
    if state == "parked":
        past = (
            " Срок отправки прошёл: чтобы рассказать об этом, повторите его запуск." if message["is_past_use"] else ""
        )
        return f"Telegram его не принял: {cause(message)}. {past.strip() or _ADVICE}"
    if state == "expired":
        if str(message["reason"] or "").startswith("withdrawn"):
            return "Ещё до отправки оно перестало быть верным, поэтому не отправлено. Делать ничего не нужно."
        return (
            "Срок отправки прошёл раньше, чем оно ушло; поздно оно не отправляется."
            " Чтобы всё же рассказать об этом, повторите его запуск целиком."
        )
    return _SENTENCES.get(state, "Об этом состоянии странице ничего не известно.")


def _of_sent(message: Mapping[str, Any]) -> str:
    pieces = ["Сообщение в чате, делать ничего не нужно."]
    if message["telegram_message_id"] is None:
        pieces = ["Записано, что сообщение в чате, но его номер в Telegram неизвестен: ссылки на него нет."]
    if message["sent_revision"] is not None and message["sent_revision"] != message["revision"]:
        pieces.append("Последняя правка до чата не дошла: там прежний текст.")
    if message["possible_repeats"]:
        pieces.append("Возможно, в чате есть и второе такое: ответа на один из запросов не было.")
    return " ".join(pieces)


def _of_stored(message: Mapping[str, Any]) -> str:
    if message["is_past_use"]:
        return "Срок отправки прошёл: ближайшая отправка отметит это, и само оно уже не уйдёт."
    if message["telegram_message_id"] is not None:
        return "Сообщение в чате, его правка ждёт отправки и уйдёт с ближайшей."
    if message["possible_repeats"]:
        return "Ответа на прежний запрос не было: оно уйдёт ещё раз с пометкой «Возможный повтор»."
    return "Оно ждёт своей очереди и уйдёт, как только дойдёт его запуск."
