"""Which Telegram the demo sends to, and where the token of a real bot goes: into the environment alone."""

from __future__ import annotations

import json

import pytest

from local import telegram_choice
from local.demo_error import DemoError

TOKEN = "123456789:" + "A" * 35


@pytest.fixture
def choose(monkeypatch):
    def with_environment(**variables):
        for name in (telegram_choice.TOKEN_VARIABLE, telegram_choice.CHAT_VARIABLE):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return telegram_choice.choose(8081)

    return with_environment


def test_without_a_bot_the_stand_in_is_used(choose):
    telegram = choose()

    assert not telegram.is_real
    default, *others = telegram.connections()
    assert json.loads(default["conn_extra"]) == {"base_url": "http://127.0.0.1:8081/bot"}
    assert [other["conn_id"] for other in others] == ["telegram_missed_calls", "telegram_backups"]
    assert "conn_password" not in others[0]
    assert len({chat["conn_host"] for chat in telegram.connections()}) == 3
    assert telegram.environment() == {}


def test_a_real_bot_is_reached_at_telegram_itself(choose):
    telegram = choose(TELEGRAM_BOT_TOKEN=TOKEN, TELEGRAM_CHAT_ID="-1001234567890")

    assert telegram.is_real
    assert json.loads(telegram.environment()["AIRFLOW_CONN_TELEGRAM_DEFAULT"]) == {
        "conn_type": "telegram",
        "password": TOKEN,
        "host": "-1001234567890",
    }


def test_each_real_chat_has_a_ledger_of_its_own(choose):
    ledgers = {
        choose().ledger_database,
        choose(TELEGRAM_BOT_TOKEN=TOKEN, TELEGRAM_CHAT_ID="-100500").ledger_database,
        choose(TELEGRAM_BOT_TOKEN=TOKEN, TELEGRAM_CHAT_ID="100500").ledger_database,
    }

    assert len(ledgers) == 3


@pytest.mark.parametrize(
    ("variables", "missing"),
    [({"TELEGRAM_BOT_TOKEN": TOKEN}, "TELEGRAM_CHAT_ID"), ({"TELEGRAM_CHAT_ID": "5"}, "TELEGRAM_BOT_TOKEN")],
)
def test_half_a_choice_names_the_missing_half_and_never_the_token(choose, variables, missing):
    with pytest.raises(DemoError, match=f"{missing} is not: set both") as caught:
        choose(**variables)

    assert TOKEN not in str(caught.value)


def test_what_is_no_token_is_refused_without_printing_it(choose):
    with pytest.raises(DemoError, match="does not look like a bot's token") as caught:
        choose(TELEGRAM_BOT_TOKEN="s3cret", TELEGRAM_CHAT_ID="5")

    assert "s3cret" not in str(caught.value)
