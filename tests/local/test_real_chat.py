"""The real bot and chat are looked at before the demo starts anything; here the stand-in is the real Telegram."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from local import real_chat
from local.airflow_environment import ROOT
from local.telegram_stand_in import StandIn
from sancrm_notifications.channels.telegram.address import Address, BotAddress

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOKEN = "42:a-token-that-must-never-be-shown"
STAFF = -1001


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    with StandIn(limits=False, chats={STAFF: "Штаб"}, tokens={TOKEN}) as running:
        yield running


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def fault(stand_in: StandIn, chat_id: int = STAFF) -> str | None:
    return asyncio.run(real_chat.fault(Address(BotAddress(TOKEN, stand_in.base_url), str(chat_id))))


def test_a_bot_that_may_write_has_no_fault_and_writes_nothing(stand_in: StandIn) -> None:
    assert fault(stand_in) is None
    assert stand_in.messages() == []


def test_a_token_that_is_refused_names_the_variable_and_not_the_token(stand_in: StandIn) -> None:
    stand_in.revoke_token(TOKEN)
    said = fault(stand_in)
    assert said is not None
    assert "TELEGRAM_BOT_TOKEN" in said
    assert "never-be-shown" not in said


@pytest.mark.parametrize(("chat_id", "words"), [(-404, "chat not found"), (STAFF, "kicked")])
def test_a_chat_that_is_shut_names_what_telegram_says_and_the_variable(
    stand_in: StandIn, chat_id: int, words: str
) -> None:
    stand_in.kick(STAFF)
    said = fault(stand_in, chat_id)
    assert said is not None
    assert words in said
    assert "TELEGRAM_CHAT_ID" in said


def test_a_server_that_does_not_answer_is_the_networks_fault(stand_in: StandIn) -> None:
    stand_in.plan_fault("status", status=502)
    said = fault(stand_in)
    assert said is not None
    assert "look at the network" in said


def test_the_demo_says_it_in_one_sentence_and_starts_nothing(tmp_path: Path) -> None:
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AIRFLOW", "TELEGRAM_")) and "proxy" not in name.lower()
    }
    # A proxy that nobody serves: Telegram cannot be reached from here, whatever this machine's network is.
    unreachable = {
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "DEMO_DIRECTORY": str(tmp_path),
        "AIRFLOW_PORT": str(free_port()),
    }
    environment["PYTHONPATH"] = str(ROOT / "plugins")  # as the Makefile has it
    chosen = {"TELEGRAM_BOT_TOKEN": "42:" + "A" * 35, "TELEGRAM_CHAT_ID": str(STAFF)}
    ended = subprocess.run(
        [sys.executable, "-m", "local.demo", "--once"],
        env={**environment, **unreachable, **chosen},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("error: The real Telegram cannot be used: it does not answer")
    assert "AAAA" not in ended.stdout + ended.stderr
    assert not (tmp_path / "postgres").exists()
    written = [tmp_path, *tmp_path.rglob("*")]
    assert len(written) > 3
    assert not [path for path in written if path.stat().st_mode & 0o077], "open to others than their owner"
