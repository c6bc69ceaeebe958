"""A third channel is a folder: a connection of its type leads there, and delivery needs no word about it."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from sancrm_notifications import channels
from sancrm_notifications.delivery.destinations import resolve
from sancrm_notifications.settings import BranchChat, Settings
from tests.desk import TOKEN, report

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.desk import Desk

PIGEONS = """
from dataclasses import dataclass

from sancrm_notifications.channels.channel import DestinationError, Request
from sancrm_notifications.ledger.outcome import Outcome, Result

flown = []


@dataclass(frozen=True)
class Loft:
    bot_id: int = 7

    def channel(self):
        return Pigeons()


@dataclass(frozen=True)
class Roof:
    chat_id: str
    bot: Loft = Loft()
    message_thread_id: int | None = None
    is_group: bool = False

    def of_chat(self, chat_id, message_thread_id):
        return Roof(chat_id)


def address(conn_id, found, default):
    if found.host == "sky":
        raise DestinationError(f"Airflow connection {conn_id}: a pigeon lands on a roof, not in the sky")
    return Roof(found.host) if found.host else None


class Pigeons:
    name = "the loft"
    server = "loft"
    message_limit = 5000
    has_rich_form = False

    async def open(self):
        return Outcome(Result.SENT)

    async def close(self):
        pass

    def build_request(self, chat_id, message_thread_id, post):
        return Request("fly", post.form, {"roof": chat_id, "text": post.text})

    async def send(self, request):
        if request.parameters["roof"] == "wet":
            return Outcome(Result.CHAT_GONE, description="it rains", advice="wait for the sun", for_staff="дождь")
        flown.append((request.parameters["roof"], request.parameters["text"]))
        return Outcome(Result.SENT, message_id=len(flown))
"""


@dataclass
class Connection:
    """An Airflow connection."""

    host: str | None
    password: str | None = None
    extra_dejson: dict[str, Any] = field(default_factory=dict)
    conn_type: str | None = "pigeon"
    login: str | None = None
    schema: str | None = None
    port: int | None = None


@pytest.fixture
def flown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, str]]]:
    """Put a folder among the channels; return what it sent."""
    folder = tmp_path / "pigeon"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "address.py").write_text(PIGEONS, encoding="utf-8")
    monkeypatch.setattr(channels, "__path__", [*channels.__path__, str(tmp_path)])
    yield import_module(f"{channels.__name__}.pigeon.address").flown
    for name in [name for name in sys.modules if name.startswith(f"{channels.__name__}.pigeon")]:
        del sys.modules[name]


def connect(desk: Desk, monkeypatch: pytest.MonkeyPatch, **connections: Connection) -> None:
    """Let the desk's destinations be where these connections lead."""
    default = Connection("-1001", TOKEN, {"base_url": desk.stand_in.base_url}, "telegram")
    known = {"telegram_default": default, **connections}
    monkeypatch.setattr(desk, "address", lambda name, token=None: resolve(name, desk.settings, known.get))  # noqa: ARG005


def test_messages_of_one_batch_go_by_both_channels(
    desk: Desk, flown: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(desk, monkeypatch, telegram_reports=Connection("tower"))
    desk.store(
        report("network", "<b>Сводка</b>", rich_html="<h1>Сводка</h1>"),
        report("backup", "Копия", destination="staff"),
    )

    assert desk.deliver() == {"sent": 2}

    assert flown == [("tower", "<b>Сводка</b>")]
    assert desk.texts() == ["Копия"]


def test_what_the_channel_says_of_a_refusal_is_what_operators_and_staff_read(
    desk: Desk, flown: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(desk, monkeypatch, telegram_reports=Connection("wet"))
    desk.store(report("network", "Сводка"))

    assert desk.deliver() == {"parked": 1}

    (row,) = desk.rows("select reason, reason_for_staff from notifications.messages")
    assert row == {"reason": "chat_gone: it rains; wait for the sun", "reason_for_staff": "дождь"}
    assert flown == []


@pytest.mark.usefixtures("flown")
def test_a_branchs_own_chat_is_in_the_channel_of_the_reports() -> None:
    own = Settings(branch_chats={7: BranchChat(chat_id="@attic")})
    address = resolve("branch:7", own, {"telegram_reports": Connection("tower")}.get)
    assert address.chat_id == "@attic"
    assert address.bot.bot_id == 7
