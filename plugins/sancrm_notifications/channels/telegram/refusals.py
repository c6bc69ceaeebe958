"""How Telegram words its refusals, what each means, and what a person does about it.

Source: docs/delivery.md, What an answer means. The words are those of the Bot API's server, of TDLib and of Telegram's
own servers; tests/channels/telegram/refusals.tsv says where each is written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sancrm_notifications.ledger.outcome import Result

_GONE, _CLOSED, _UNEDITABLE = Result.CHAT_GONE, Result.CHAT_CLOSED, Result.UNEDITABLE

NOT_ACCEPTED = "Telegram does not accept the bot's token: put the one @BotFather shows into the Telegram connection"
TOO_LARGE = (
    "something in between lets no picture through: let it pass bodies of 1 MB, or switch the setting «pictures» off"
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal by how its description begins, in lower case, and what it is for an operator and for staff."""

    words: tuple[str, ...]
    result: Result
    advice: str
    for_staff: str


# The first that begins like the description counts.
REFUSALS = (
    Refusal(
        (
            "chat not found",
            "private chat not found",
            "chat_id is empty",
            "chat_id_invalid",
            "invalid chat identifier",
        ),
        _GONE,
        "the chat does not exist for this bot: check the chat id and add the bot to the chat",
        "чат не найден",
    ),
    Refusal(("bot was kicked",), _GONE, "add the bot to the chat again", "бот удалён из чата"),
    Refusal(("bot is not a member",), _GONE, "add the bot to the chat", "бота нет в чате"),
    Refusal(("bot was blocked", "user_is_blocked"), _GONE, "the person blocked the bot", "бот заблокирован"),
    Refusal(
        ("user is deactivated", "user_deleted", "input_user_deactivated"),
        _GONE,
        "the person's account is gone",
        "аккаунт удалён",
    ),
    Refusal(
        ("the group chat was deleted", "group chat was deleted", "group is deactivated"),
        _GONE,
        "the group is gone: set another chat",
        "чат удалён",
    ),
    Refusal(
        ("group chat was upgraded",),
        _GONE,
        "the group became a supergroup, and its new id was not said: put it into the connection",
        "у чата новый номер",
    ),
    Refusal(("bot can't initiate conversation",), _GONE, "the person must write first", "получатель ещё не писал боту"),
    Refusal(
        (
            "the bot can't send messages to the bot",
            "bots can't send messages to bots",
            "user_is_bot",
            "user_bot_invalid",
            "user_bot_to_bot_disabled",
        ),
        _GONE,
        "the chat is a bot: set a person's or a group's chat id",
        "чат не найден",
    ),
    Refusal(("you_blocked_user",), _GONE, "the bot has blocked the person: set another chat", "бот не может писать"),
    Refusal(
        ("peer_id_invalid", "channel_invalid"),
        _GONE,
        "check the chat id and add the bot to the chat",
        "чат не найден",
    ),
    Refusal(
        ("can't access the chat", "channel_private", "channel_public_group_na"),
        _GONE,
        "add the bot to the chat",
        "бота нет в чате",
    ),
    Refusal(("topic_closed",), _CLOSED, "reopen the topic", "тема закрыта"),
    Refusal(("topic_deleted",), _CLOSED, "the topic was deleted: set another", "тема удалена"),
    Refusal(
        (
            "message thread not found",
            "topic not found",
            "invalid message thread",
            "invalid topic",
            "invalid forum topic",
        ),
        _CLOSED,
        "the topic is gone: check message_thread_id",
        "тема не найдена",
    ),
    Refusal(
        (
            "chat is not a forum",
            "the chat is not a forum",
            "chat doesn't have topics",
            "chat doesn't have threads",
        ),
        _CLOSED,
        "the group has no topics any more: take message_thread_id away, or switch topics on",
        "в чате нет тем",
    ),
    # A text may be allowed where a picture is not; the words are those of the right that is missing.
    Refusal(
        ("not enough rights to send photos", "chat_send_photos_forbidden", "chat_send_media_forbidden"),
        Result.PICTURE_REFUSED,
        "let the bot send photos in this chat, or switch the setting «pictures» off",
        "боту запрещено отправлять фото",
    ),
    Refusal(
        (
            "photo_invalid_dimensions",
            "photo_ext_invalid",
            "photo_invalid",
            "photo_save_file_invalid",
            "image_process_failed",
            "media_invalid",
            "media_empty",
            "media_file_invalid",
            "media_new_invalid",
            "input_file_invalid",
            "file_parts_invalid",
            "file_part_length_invalid",
            "photo has unsupported extension",
            "file must be non-empty",
            "file is too big",
            "file of size",
            "can't use file of type",
            "wrong file identifier",
        ),
        Result.PICTURE_REFUSED,
        "Telegram takes the picture for none: send its words to who keeps this package; the setting «pictures» off"
        " does without",
        "Telegram не принимает картинку",
    ),
    # A text may be allowed where a table is not: the simpler form is tried.
    Refusal(("not enough rights to send the rich message",), Result.BAD_MESSAGE, "let the bot send media", ""),
    Refusal(
        (
            "not enough rights",
            "have no rights to send",
            "have no write access",
            "chat_restricted",
            "chat_write_forbidden",
            "chat_send_",
        ),
        _CLOSED,
        "let the bot send messages in this chat",
        "боту запрещено писать",
    ),
    Refusal(
        ("need administrator rights", "chat_admin_required"),
        _CLOSED,
        "make the bot an administrator who may post messages",
        "боту запрещено писать",
    ),
    Refusal(
        ("user_banned_in_channel",),
        _CLOSED,
        "the bot may not write in groups and channels: ask the chat's administrators, then Telegram's @SpamBot",
        "боту запрещено писать",
    ),
    Refusal(
        ("chat_guest_send_forbidden",),
        _CLOSED,
        "only members may write here: add the bot to the group",
        "боту запрещено писать",
    ),
    Refusal(
        (
            "allow_payment_required",
            "balance_too_low",
            "payment_unsupported",
            "privacy_premium_required",
            "premium_account_required",
        ),
        _CLOSED,
        "the chat takes messages for payment only: set another chat, or have that changed",
        "получатель принимает только платные сообщения",
    ),
    Refusal(
        ("message to edit not found", "message not found", "message_id_invalid", "msg_id_invalid"),
        _UNEDITABLE,
        "it was deleted in the chat",
        "сообщение удалено",
    ),
    Refusal(
        (
            "message can't be edited",
            "message_author_required",
            "inline_bot_required",
            "message_edit_time_expired",
            "edit_message_temp_restricted",
        ),
        _UNEDITABLE,
        "it is too old, or another has sent it",
        "сообщение нельзя изменить",
    ),
    Refusal(
        ("there is no text in the message to edit", "media_prev_invalid"),
        _UNEDITABLE,
        "it has another form",
        "сообщение нельзя изменить",
    ),
    Refusal(("frozen_method_invalid",), Result.BAD_TOKEN, "Telegram has frozen the bot: ask @BotFather", ""),
    Refusal(
        ("logged out", "the bot has already been closed", "unallowed token specified"),
        Result.BAD_TOKEN,
        "the bot has left this server: put the server it speaks through now into base_url of the Telegram connection",
        "",
    ),
)
# Telegram's own servers forbid in capitals, and the Bot API's server makes a 400 of their 403.
_FORBIDDEN = Refusal((), _CLOSED, "look at the bot's rights in this chat", "боту запрещено писать")
_PREFIX = re.compile(r"^(bad request|forbidden|misdirected request): ")


def refusal_of(description: str) -> Refusal | None:
    """Return the row of the table that Telegram's words belong to."""
    words = _PREFIX.sub("", description.lower())
    for refusal in REFUSALS:
        if words.startswith(refusal.words):
            return refusal
    return _FORBIDDEN if re.fullmatch(r"[a-z0-9_]+_forbidden", words) else None
