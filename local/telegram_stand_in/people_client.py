"""What people do, as Python: they start the bot, write, share a contact, edit, press, block."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from local.telegram_stand_in.control_connection import ControlConnection, Json

if TYPE_CHECKING:
    from collections.abc import Iterable


class PeopleClient(ControlConnection):
    """The part of ControlClient that plays people; a private chat's number is its person's.

    ``sender`` has the fields of a User: {"id": 7, "first_name": "Пётр"}; without it, a private chat's own person or
    somebody called Ольга.  What bots may not see of a group's talk (their privacy mode) they do not get.
    """

    def add_person(self, user_id: int, first_name: str, **more: Any) -> Json:
        """Make a person with a private chat that is not started; ``more``: last_name, phone_number, language_code."""
        return dict(self._call("POST", "/people", {"user_id": user_id, "first_name": first_name, **more}))

    def people(self) -> list[Json]:
        """Return all people, with the phone numbers that bots do not see."""
        return list(self._call("GET", "/people"))

    def start(self, chat_id: int, payload: str = "") -> Json:
        """Let a person press «Запустить», also after blocking; return the message ``/start payload``."""
        return dict(self._call("POST", f"/chats/{chat_id}/start", {"payload": payload}))

    def write(self, chat_id: int, text: str = "", **more: Any) -> Json:
        """Let somebody write; return the Message.

        ``more`` may be sender, thread_id, reply_to (a message's number), entities, forwarded_from (a User's fields),
        as_chat (the group's own number: an anonymous administrator; a channel's: the channel), one of contact, voice,
        sticker, photo, video, document, location ({} takes the usual fields), media_group_id, extra (further fields).
        """
        return dict(self._call("POST", f"/chats/{chat_id}/incoming", {"text": text, **more}))

    def write_many(self, messages: Iterable[Json]) -> int:
        """Let many messages come at once: {"chat_id": …, "text": …, and what ``write`` knows}; return how many."""
        return int(self._call("POST", "/incoming", list(messages)))

    def write_anonymously(self, chat_id: int, text: str, **more: Any) -> Json:
        """Let an anonymous administrator write into a group."""
        return self.write(chat_id, text, as_chat=chat_id, **more)

    def share_contact(self, chat_id: int, phone_number: str, user_id: int | None = None, **more: Any) -> Json:
        """Let a person share a contact in a private chat: the own one, unless ``user_id`` names another (0: nobody)."""
        owner = chat_id if user_id is None else user_id
        contact = {"phone_number": phone_number, "first_name": "Ольга"} | ({"user_id": owner} if owner else {})
        return self.write(chat_id, contact=contact, **more)

    def send_album(self, chat_id: int, pictures: int, caption: str = "", **more: Any) -> list[Json]:
        """Let somebody send several pictures as one album: many updates, the caption at the first."""
        group = str(secrets.randbits(60))
        captions = [caption] + [""] * (pictures - 1)
        return [self.write(chat_id, text, photo={}, media_group_id=group, **more) for text in captions]

    def edit(self, chat_id: int, message_id: int, text: str) -> Json:
        """Let a person change an own message; return it."""
        return dict(self._call("POST", f"/chats/{chat_id}/edit", {"message_id": message_id, "text": text}))

    def press(self, chat_id: int, message_id: int, data: str | None = None, **more: Any) -> Json:
        """Let a person press a button (the first one, unless ``data`` names another); return the CallbackQuery.

        ``more`` may be sender, and is_forged: data that no button of the message has, as a changed app may send it.
        The message_id of an ephemeral message is the negative of its ephemeral_message_id.
        """
        body: Json = {"chat_id": chat_id, "message_id": message_id, **more}
        return dict(self._call("POST", "/press", body if data is None else body | {"data": data}))

    def queries(self) -> list[Json]:
        """Return pressed buttons: query_id, data, from, state ("waits", "answered", "expired") and answer."""
        return list(self._call("GET", "/queries"))

    def expire_queries(self) -> int:
        """Let all waiting buttons stop waiting, as after a night: answers come too late; return how many."""
        return int(self._call("POST", "/queries/expire", {}))

    def block(self, chat_id: int) -> None:
        """Let a person block the bot."""
        self._call("POST", f"/chats/{chat_id}/status", {"status": "blocked"})

    def unblock(self, chat_id: int) -> None:
        """Let a person unblock the bot."""
        self._call("POST", f"/chats/{chat_id}/status", {"status": "member"})
