"""What stands between us and Telegram answers for it: nothing is parked, nobody is blamed, nothing is hammered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sancrm_notifications.delivery import attempt
from sancrm_notifications.delivery.errors import PostponedError, TokenRefusedError
from tests.desk import STAFF, report

if TYPE_CHECKING:
    from tests.desk import Desk


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempt, "_BACKOFF_SECONDS", (0.02, 0.02, 0.02))


@pytest.mark.parametrize("method", ["sendMessage", "getMe"])
@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 407, 413, 429])
def test_a_proxys_refusal_parks_nothing_and_is_over_when_the_proxy_is(desk: Desk, method: str, status: int) -> None:
    desk.store(report("branch:1", "Первый"), report("network", "Сводка"))
    desk.stand_in.plan_fault("status", method=method, status=status)

    with pytest.raises(PostponedError, match=f"Telegram cannot be reached: HTTP {status}, .* in between"):
        desk.deliver()

    assert set(desk.states().values()) == {"stored"}
    assert len(desk.stand_in.requests("sendMessage")) <= 3
    desk.stand_in.clear_faults()
    assert desk.deliver(reopen_parked=False) == {"sent": 2}
    assert desk.texts() == ["Первый", "Сводка"]


def test_a_portal_that_answers_200_to_everything_is_no_telegram(desk: Desk) -> None:
    desk.store(report("network", "Сводка"))
    desk.stand_in.plan_fault("status", status=200)

    with pytest.raises(PostponedError, match="HTTP 200, and no answer of the Bot API"):
        desk.deliver()

    assert desk.stand_in.requests("sendMessage") == []
    desk.stand_in.clear_faults()
    assert desk.deliver() == {"sent": 1}
    assert desk.texts() == ["Сводка"]


def test_telegrams_own_words_are_still_believed(desk: Desk) -> None:
    desk.store(report("network", "Сводка"))
    desk.stand_in.plan_fault("error", method="sendMessage", status=401, description="Unauthorized", times=1)
    with pytest.raises(TokenRefusedError, match="BotFather"):
        desk.deliver()

    words = "Bad Request: CHAT_SEND_PLAIN_FORBIDDEN"
    desk.stand_in.plan_fault("error", method="sendMessage", status=400, description=words, times=1)
    assert desk.deliver() == {"parked": 1}
    (row,) = desk.rows("select reason, reason_for_staff from notifications.messages")
    assert "let the bot send messages in this chat" in row["reason"]
    assert row["reason_for_staff"] == "боту запрещено писать"


def test_a_new_message_is_not_left_as_it_is_over_words_about_an_edit(desk: Desk) -> None:
    desk.store(report("network", "<b>Сводка</b>"))
    words = "Bad Request: MSG_ID_INVALID"
    desk.stand_in.plan_fault("error", method="sendMessage", status=400, description=words, times=1)

    assert desk.deliver() == {"sent": 1}

    assert [message["text"] for message in desk.stand_in.messages(STAFF)] == ["Сводка"]
