"""What happens to chats: made, left, closed, moved; and what is in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.telegram_stand_in import people
from local.telegram_stand_in.chats import GENERAL_TOPIC, STATUSES, new_chat, public_chat
from local.telegram_stand_in.control.answering import named_chat, named_message
from local.telegram_stand_in.members import PERSONS_PLACES, changed_place
from local.telegram_stand_in.updates import bots, publish

if TYPE_CHECKING:
    from starlette.requests import Request

    from local.telegram_stand_in.messenger import Messenger
    from local.telegram_stand_in.store import Document


class ChatsControl:
    """What each route does."""

    def __init__(self, messenger: Messenger) -> None:
        self.messenger = messenger
        self.store = messenger.store

    async def messages(self, request: Request) -> list[Document]:
        """List accepted messages, of one chat or of all."""
        chat_id = request.query_params.get("chat_id")
        return list(self.store.messages(None if chat_id is None else int(chat_id)))

    async def create_chat(self, request: Request) -> Document:
        """Create a chat, or make it anew."""
        wanted = await request.json()
        if wanted.get("topics") is not None:
            wanted["topics"] = {int(number): name for number, name in wanted["topics"].items()}
        chat = new_chat(**wanted)
        self.store.save_chat(chat)
        return chat

    async def chats(self, request: Request) -> list[Document]:
        """List chats."""
        del request
        return self.store.chats()

    async def set_status(self, request: Request) -> Document:
        """Change the bot's place in a chat; bots learn of it as ``my_chat_member``."""
        chat = named_chat(self.store, request)
        wanted = await request.json()
        if wanted["status"] not in STATUSES:
            raise ValueError(f"status is one of {', '.join(STATUSES)}")
        by = people.sender(self.store, chat, wanted.get("by"))
        await change_place(self.messenger, chat, wanted["status"], by)
        return chat

    async def set_member(self, request: Request) -> Document:
        """Change a person's place in a group."""
        chat = named_chat(self.store, request)
        wanted = await request.json()
        if wanted["status"] not in PERSONS_PLACES:
            raise ValueError(f"status is one of {', '.join(PERSONS_PLACES)}")
        person = people.sender(self.store, chat, wanted["user"])
        chat["members"] = chat.get("members", {}) | {str(person["id"]): wanted["status"]}
        self.store.save_chat(chat)
        return chat

    async def set_permissions(self, request: Request) -> Document:
        """Change whether members who are no administrators may write."""
        chat = named_chat(self.store, request)
        chat["members_may_write"] = bool((await request.json())["can_send_messages"])
        self.store.save_chat(chat)
        return chat

    async def migrate(self, request: Request) -> Document:
        """Make a group a supergroup: a new number, the same conversation, and messages counted from 1 again."""
        chat = named_chat(self.store, request)
        wanted = (await request.json()).get("new_chat_id")
        new_id = int(wanted) if wanted is not None else -1_000_000_000_000 + chat["chat_id"]
        supergroup = new_chat(new_id, chat["title"], "supergroup") | {"members": chat.get("members", {})}
        self.store.save_chat(supergroup)
        self.store.move_messages(chat["chat_id"], new_id)
        moved = chat | {"migrated_to": new_id}
        self.store.save_chat(moved)
        await self._announce_migration(moved)
        return supergroup

    async def _announce_migration(self, chat: Document) -> None:
        message_id = self.store.next_number(f"message_id {chat['chat_id']}")
        news = {"message_id": message_id, "date": 0, "chat": public_chat(chat), "from": people.SOMEBODY}
        await publish(self.messenger, "message", news | {"migrate_to_chat_id": chat["migrated_to"]}, chat)

    async def set_topic(self, request: Request) -> Document:
        """Create, rename, close, reopen or delete a topic; 1 is General."""
        chat = named_chat(self.store, request)
        wanted = await request.json()
        number = str(int(wanted["thread_id"]))
        topic = chat["topics"].get(number, {"name": "General" if number == str(GENERAL_TOPIC) else number})
        topic["name"] = wanted.get("name", topic["name"])
        topic["closed"] = bool(wanted.get("closed", topic.get("closed", False)))
        chat["is_forum"] = True
        chat["topics"][number] = topic
        if wanted.get("deleted"):
            del chat["topics"][number]
        self.store.save_chat(chat)
        return chat

    async def delete_message(self, request: Request) -> bool:
        """Let a person delete a message of a bot in the chat."""
        chat_id, message_id = int(request.path_params["chat_id"]), int(request.path_params["message_id"])
        named_message(self.store, chat_id, message_id)
        self.store.delete_message(chat_id, message_id)
        return True


async def change_place(messenger: Messenger, chat: Document, status: str, by: people.User) -> None:
    """Change the bot's place in a chat and tell the bots."""
    before, chat["status"] = chat["status"], status
    messenger.store.save_chat(chat)
    for bot_id in bots(messenger.store):
        change = changed_place(messenger.store, chat, bot_id, before, by)
        if change is not None:
            await publish(messenger, "my_chat_member", change, chat, bot_id)
