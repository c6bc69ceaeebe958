"""Updates reach a bot by long polling, of the kinds it asked for, and stay until they are confirmed."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.local.telegram_stand_in.conftest import GROUP, OTHER_TOKEN, PERSON, TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.telegram_stand_in import StandIn

    Call = Callable[..., dict[str, Any]]

WEBHOOK_IS_SET = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)


def texts(call: Call, **parameters: Any) -> list[str]:
    return [update["message"]["text"] for update in call("getUpdates", **parameters)["result"]]


def test_an_update_comes_again_until_a_higher_offset_confirms_it(stand_in: StandIn, call: Call) -> None:
    stand_in.write(PERSON, "/start")
    stand_in.write(PERSON, "Где мой ремонт?")
    first = call("getUpdates")["result"]
    assert [update["message"]["text"] for update in first] == ["/start", "Где мой ремонт?"]
    assert call("getUpdates")["result"] == first
    rest = call("getUpdates", offset=first[0]["update_id"] + 1)["result"]
    assert rest == first[1:]
    assert call("getUpdates", offset=rest[0]["update_id"] + 1)["result"] == []
    assert call("getUpdates")["result"] == []


def test_a_negative_offset_counts_from_the_end(stand_in: StandIn, call: Call) -> None:
    for text in ("1", "2", "3"):
        stand_in.write(PERSON, text)
    assert texts(call, offset=-1) == ["3"]
    assert texts(call) == ["3"]


def test_a_poll_takes_no_more_than_it_asks_for(stand_in: StandIn, call: Call) -> None:
    assert stand_in.write_many({"chat_id": PERSON, "text": str(number)} for number in range(120)) == 120
    assert len(call("getUpdates")["result"]) == 100
    assert texts(call, limit=2) == ["0", "1"]


def test_a_long_poll_ends_as_soon_as_something_arrives(stand_in: StandIn, call: Call) -> None:
    threading.Timer(0.3, stand_in.write, (PERSON, "Привет")).start()
    started = time.monotonic()
    (update,) = call("getUpdates", timeout=20)["result"]
    assert 0.2 < time.monotonic() - started < 5
    assert update["message"]["from"] == {"id": PERSON, "is_bot": False, "first_name": "Ольга", "language_code": "ru"}


def test_a_long_poll_without_news_ends_empty(call: Call) -> None:
    started = time.monotonic()
    assert call("getUpdates", timeout=1)["result"] == []
    assert 0.9 < time.monotonic() - started < 3


def polling(call: Call) -> tuple[threading.Thread, list[Any]]:
    """Begin a long poll in a thread; return it and where its answer will be."""
    answers: list[Any] = []
    poll = threading.Thread(target=lambda: answers.append(call("getUpdates", timeout=10)))
    poll.start()
    time.sleep(0.3)
    return poll, answers


def test_a_second_poller_ends_the_first_with_a_conflict(call: Call) -> None:
    first, answers = polling(call)
    assert call("getUpdates")["ok"]
    first.join(5)
    assert answers[0]["error_code"] == 409
    assert answers[0]["description"].startswith("Conflict: terminated by other getUpdates request")


def test_a_webhook_ends_a_poll_and_refuses_further_ones_until_it_is_deleted(stand_in: StandIn, call: Call) -> None:
    first, answers = polling(call)
    assert call("setWebhook", url="https://bot.example.ru/hook")["result"] is True
    first.join(5)
    assert answers[0]["description"] == "Conflict: terminated by setWebhook request"
    refused = call("getUpdates")
    assert (refused["error_code"], refused["description"]) == (409, WEBHOOK_IS_SET)
    stand_in.write(PERSON, "Привет")
    info = call("getWebhookInfo")["result"]
    assert (info["url"], info["pending_update_count"]) == ("https://bot.example.ru/hook", 1)
    assert call("deleteWebhook")["result"] is True
    assert call("getWebhookInfo")["result"]["url"] == ""
    assert texts(call) == ["Привет"]


def test_a_webhook_needs_https(call: Call) -> None:
    answer = call("setWebhook", url="http://bot.example.ru")
    assert answer["description"] == "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"


def test_pending_updates_can_be_dropped(stand_in: StandIn, call: Call) -> None:
    stand_in.write(PERSON, "старое")
    assert call("deleteWebhook", drop_pending_updates=True)["result"] is True
    assert call("getUpdates")["result"] == []


def test_the_kinds_asked_for_stick_and_hold_for_what_happens_from_then_on(stand_in: StandIn, call: Call) -> None:
    stand_in.write(PERSON, "1")
    assert texts(call, allowed_updates=["callback_query", "no_such_kind"]) == ["1"]
    stand_in.write(PERSON, "2")
    stand_in.block(PERSON)
    assert texts(call) == ["1"]
    assert call("getWebhookInfo")["result"]["allowed_updates"] == ["callback_query"]
    assert texts(call, allowed_updates=[]) == ["1"]
    stand_in.start(PERSON)
    assert "allowed_updates" not in call("getWebhookInfo")["result"]
    kinds = [set(update) - {"update_id"} for update in call("getUpdates")["result"]]
    assert kinds == [{"message"}, {"my_chat_member"}, {"message"}]


def test_bots_have_queues_of_their_own(stand_in: StandIn, call: Call) -> None:
    stand_in.add_token(OTHER_TOKEN)
    stand_in.write(PERSON, "Привет")
    stand_in.revoke_token(OTHER_TOKEN)
    assert texts(call, token=TOKEN, offset=-1) == ["Привет"]
    assert call("getUpdates", token=OTHER_TOKEN)["error_code"] == 401
    stand_in.write(GROUP, "/status")
    stand_in.add_token(OTHER_TOKEN)
    assert texts(call, token=OTHER_TOKEN) == ["Привет"]


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        ({"kind": "error", "status": 409}, 409, "terminated by other getUpdates request"),
        ({"kind": "error", "status": 401}, 401, "Unauthorized"),
        ({"kind": "error", "status": 429, "description": "Too Many Requests: retry after 5"}, 429, "retry after 5"),
    ],
)
def test_a_poll_can_be_refused_in_telegrams_words(
    stand_in: StandIn, call: Call, fault: dict[str, Any], status: int, words: str
) -> None:
    stand_in.plan_fault(method="getUpdates", times=1, **fault)
    answer = call("getUpdates")
    assert answer["error_code"] == status
    assert words in answer["description"]
    assert call("getUpdates")["ok"]


def test_a_poll_whose_answer_is_lost_confirms_nothing(stand_in: StandIn, call: Call) -> None:
    stand_in.write(PERSON, "Привет")
    stand_in.plan_fault("status", "after", method="getUpdates", times=1)
    with pytest.raises(ValueError, match="Expecting value"):
        call("getUpdates")
    assert texts(call) == ["Привет"]


def test_updates_come_again_although_they_were_confirmed(stand_in: StandIn, call: Call) -> None:
    stand_in.repeat_updates(1, times=2)
    stand_in.write(PERSON, "пять раз")
    stand_in.write(PERSON, "один раз")
    seen: list[str] = []
    offset = 0
    for _ in range(5):
        updates = call("getUpdates", offset=offset)["result"]
        seen += [update["message"]["text"] for update in updates]
        offset = max([offset, *(update["update_id"] + 1 for update in updates)])
    assert seen == ["пять раз", "один раз", "пять раз", "пять раз"]


def test_updates_are_held_back_and_released_in_another_order(stand_in: StandIn, call: Call) -> None:
    stand_in.hold_updates(2)
    for text in ("1", "2", "3"):
        stand_in.write(PERSON, text)
    assert texts(call) == ["3"]
    assert stand_in.release_updates(order="reversed") == 2
    assert texts(call) == ["3", "2", "1"]


def test_a_malformed_update_comes_as_it_is_written(stand_in: StandIn, call: Call) -> None:
    stand_in.inject_update({"message": {"text": 5}, "unknown": None})
    stand_in.inject_update({"update_id": "x"})
    first, second = call("getUpdates")["result"]
    assert first["message"] == {"text": 5}
    assert second == {"update_id": "x"}
    assert len(stand_in.updates()) == 2
