"""Everything the stand-in remembers, in one SQLite file (or in memory)."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

from local.telegram_stand_in.update_queue import FIRST_UPDATE_ID, UpdateQueue

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Document = dict[str, Any]

SCHEMA = """
create table if not exists settings (name text primary key, value text not null);
create table if not exists bots (token text primary key, bot_id integer not null, revoked integer not null);
create table if not exists chats (chat_id integer primary key, body text not null);
create table if not exists messages (
    chat_id integer not null, message_id integer not null, change integer not null, body text not null,
    primary key (chat_id, message_id)
);
create index if not exists messages_change on messages (change);
create table if not exists requests (request_id integer primary key, body text not null);
create table if not exists people (user_id integer primary key, body text not null);
create table if not exists queries (query_id text primary key, body text not null);
create table if not exists files (file_id text primary key, name text, mime text not null, content blob not null);
"""

# A supergroup counts its messages from 1: those of the group it was are shown, and no bot can name them.
FORMER_NUMBERS = 1_000_000_000


class Store:
    """Documents by their keys.  Used by one thread; every write is at once in the file."""

    def __init__(self, path: Path | None = None) -> None:
        self._database = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        self._database.execute("pragma journal_mode = wal")
        # The file survives a killed process; only a dying machine could lose its last writes.
        self._database.execute("pragma synchronous = off")
        self._database.executescript(SCHEMA)
        self.updates = UpdateQueue(self._database)

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def _all(self, query: str, *values: Any) -> list[Any]:
        return self._database.execute(query, values).fetchall()

    def _one(self, query: str, *values: Any) -> str | None:
        """Return the only column of the only row, whatever SQLite type it has, as text."""
        row = self._database.execute(query, values).fetchone()
        return None if row is None or row[0] is None else str(row[0])

    def setting(self, name: str, default: str) -> str:
        """Return what was set, or the default."""
        value = self._one("select value from settings where name = ?", name)
        return default if value is None else str(value)

    def set(self, name: str, value: str) -> None:
        """Remember a setting."""
        self._all("insert or replace into settings values (?, ?)", name, value)

    def next_number(self, name: str, first: int = 1) -> int:
        """Return the next number of a named series, each once, also after a restart."""
        number = int(self.setting(name, str(first)))
        self.set(name, str(number + 1))
        return number

    def save_bot(self, token: str, bot_id: int, *, revoked: bool = False) -> None:
        """Make a token known, or revoke it."""
        self._all("insert or replace into bots values (?, ?, ?)", token, bot_id, int(revoked))

    def bot_id(self, token: str) -> int | None:
        """Return whose token this is; None when it is unknown or revoked."""
        found = self._one("select bot_id from bots where token = ? and not revoked", token)
        return None if found is None else int(found)

    def tokens(self) -> list[tuple[str, bool]]:
        """Return every token ever known and whether it is revoked."""
        return [(token, bool(revoked)) for token, revoked in self._all("select token, revoked from bots")]

    def save_chat(self, chat: Document) -> None:
        """Create or replace a chat."""
        self._all("insert or replace into chats values (?, ?)", chat["chat_id"], json.dumps(chat))

    def chat(self, chat_id: int) -> Document | None:
        """Return a chat, if it exists."""
        body = self._one("select body from chats where chat_id = ?", chat_id)
        return None if body is None else json.loads(body)

    def chats(self) -> list[Document]:
        """Return all chats in the order of their making."""
        return [json.loads(body) for (body,) in self._all("select body from chats order by rowid")]

    def save_message(self, message: Document) -> None:
        """Create or replace a message, and count the change."""
        self._all(
            "insert or replace into messages values (?, ?, ?, ?)",
            message["chat_id"],
            message["message_id"],
            self.next_number("change"),
            json.dumps(message),
        )

    def message(self, chat_id: int, message_id: int) -> Document | None:
        """Return one message, if it exists."""
        body = self._one("select body from messages where chat_id = ? and message_id = ?", chat_id, message_id)
        return None if body is None else json.loads(body)

    def delete_message(self, chat_id: int, message_id: int) -> None:
        """Take a message out of its chat; that it was there is remembered, for the page that shows it."""
        self._all(
            "update messages set body = 'null', change = ? where chat_id = ? and message_id = ?",
            self.next_number("change"),
            chat_id,
            message_id,
        )

    def deleted_messages(self, chat_id: int, after_change: int) -> list[int]:
        """Return the numbers of the messages that were deleted after a change."""
        query = "select message_id from messages where chat_id = ? and change > ? and body = 'null'"
        return [message_id for (message_id,) in self._all(query, chat_id, after_change)]

    def messages(self, chat_id: int | None = None, after_change: int = 0) -> Iterator[Document]:
        """Yield messages in the order they were accepted, those changed after a change only."""
        rows = self._all(
            "select change, body from messages where change > ? and coalesce(chat_id = ?, true) and body <> 'null' "
            "order by chat_id, message_id",
            after_change,
            chat_id,
        )
        found = [json.loads(body) | {"change": change} for change, body in rows]
        return iter(sorted(found, key=lambda message: (message["accepted_at"], message["message_id"])))

    def last_message(self, chat_id: int) -> Document | None:
        """Return a chat's newest message, if it has any."""
        newest = "select body from messages where chat_id = ? and body <> 'null' order by message_id desc limit 1"
        body = self._one(newest, chat_id)
        return None if body is None else json.loads(body)

    def last_keyboard(self, chat_id: int) -> Document | None:
        """Return a chat's newest message that did something to the keyboard, if there is one."""
        newest = (
            "select body from messages where chat_id = ? and json_extract(body, '$.reply_markup') is not null "
            "order by message_id desc limit 1"
        )
        body = self._one(newest, chat_id)
        return None if body is None else json.loads(body)

    def move_messages(self, from_chat_id: int, to_chat_id: int) -> None:
        """Carry a conversation over into the chat that takes its place, under numbers that no bot can name."""
        for message in list(self.messages(from_chat_id)):
            former_id = message["message_id"] - FORMER_NUMBERS
            self.save_message(message | {"chat_id": to_chat_id, "message_id": former_id})
        self._all("delete from messages where chat_id = ?", from_chat_id)

    def last_change(self) -> int:
        """Return the number of the latest change of any message."""
        return int(self.setting("change", "1")) - 1

    def save_request(self, request: Document) -> None:
        """Append to the log of requests."""
        self._all("insert into requests (body) values (?)", json.dumps(request))

    def requests(self, after: int = 0) -> list[Document]:
        """Return the log of requests, in the order they were answered."""
        rows = self._all("select request_id, body from requests where request_id > ? order by request_id", after)
        return [json.loads(body) | {"request_id": number} for number, body in rows]

    def next_update_id(self) -> int:
        """Return the number of the next update of any bot."""
        return self.next_number("update_id", first=FIRST_UPDATE_ID)

    def save_person(self, person: Document) -> None:
        """Remember or change a person (a User, and "phone_number")."""
        self._all("insert or replace into people values (?, ?)", person["id"], json.dumps(person))

    def person(self, user_id: int) -> Document | None:
        """Return a person, if anybody has seen it."""
        body = self._one("select body from people where user_id = ?", user_id)
        return None if body is None else json.loads(body)

    def people(self) -> list[Document]:
        """Return all people in the order of their coming."""
        return [json.loads(body) for (body,) in self._all("select body from people order by rowid")]

    def save_query(self, query: Document) -> None:
        """Remember a pressed button, or how it was answered."""
        self._all("insert or replace into queries values (?, ?)", query["query_id"], json.dumps(query))

    def query(self, query_id: str) -> Document | None:
        """Return a pressed button, if there is one."""
        body = self._one("select body from queries where query_id = ?", query_id)
        return None if body is None else json.loads(body)

    def queries(self) -> list[Document]:
        """Return all pressed buttons, oldest first."""
        return [json.loads(body) for (body,) in self._all("select body from queries order by rowid")]

    def save_file(self, file_id: str, name: str, mime: str, content: bytes) -> None:
        """Keep an uploaded file."""
        self._all("insert or replace into files values (?, ?, ?, ?)", file_id, name, mime, content)

    def file(self, file_id: str) -> tuple[str, str, bytes] | None:
        """Return a file's name, type and content."""
        rows = self._all("select name, mime, content from files where file_id = ?", file_id)
        return rows[0] if rows else None

    def clear(self) -> None:
        """Forget what happened and what bots have set; chats, people, tokens and the version played stay."""
        for table in ("messages", "requests", "queries", "files"):
            self._all(f"delete from {table}")  # noqa: S608 - a constant of this line
        self.updates.clear()
        self._all("delete from settings where name not in ('change', 'update_id', 'person', 'bot_api_version')")
