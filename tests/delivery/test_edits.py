"""A message in the chat gets another text in place: once, silently, after the news, whatever happens meanwhile."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from sancrm_notifications.delivery.errors import PostponedError
from sancrm_notifications.ledger.history import messages_since
from sancrm_notifications.ledger.parked import note_delivered
from sancrm_notifications.ledger.revising import Revised, Revision, revise
from sancrm_notifications.text.buttons import Button
from tests.desk import DAY, STAFF, report

if TYPE_CHECKING:
    from sancrm_notifications.ledger.storing import Batch
    from sancrm_notifications.text.message import Message
    from tests.desk import Desk

NEXT = replace(DAY, period="2026-11-21", name="profitability_daily/2026-11-21")
LONG = "строка отчёта\n" * 600
OTHER_CHAT = -1002


def correct(desk: Desk, message: Message, batch: Batch = NEXT, *, is_withdrawn: bool = False) -> Revised:
    """Give the message of the day another text."""
    corrected = replace(message, figures=message.figures or {"repairs_count": 2})
    return revise(desk.conninfo, batch, [Revision(DAY.period, corrected, is_withdrawn)])


def sent(desk: Desk, *messages: Message, **more: Any) -> None:
    """Bring messages into the chat."""
    desk.store(*messages, **more)
    assert set(desk.deliver()) <= {"sent", "covered"}


class TestAnEdit:
    """What is in the chat is changed where it stands."""

    def test_changes_the_message_in_place_and_brings_nothing_new(self, desk: Desk) -> None:
        button = Button("Открыть в CRM", "https://crm.example.com/repairs/7")
        sent(desk, report("branch:1", "Было", buttons=((button,),), figures={"repairs": [1, 2]}))

        assert correct(desk, report("branch:1", "Стало", figures={"repairs": [1]})) == Revised(edited=1)
        assert desk.deliver(NEXT) == {"sent": 1}

        (message,) = desk.stand_in.messages(STAFF)
        assert message["text"] == "Стало"
        assert message["buttons"] == []
        assert [before["text"] for before in message["edits"]] == ["Было"]
        (known,) = messages_since(desk.conninfo, DAY.notification, datetime.now(UTC) - timedelta(hours=1))
        assert (known.figures, known.is_in_chat, known.state) == ({"repairs": [1]}, True, "sent")
        kept = desk.rows("select revision, figures from notifications.revisions")
        assert kept == [{"revision": 1, "figures": {"repairs": [1, 2]}}]

    def test_is_made_once_however_often_the_task_runs(self, desk: Desk) -> None:
        sent(desk, report("branch:1", "Было"))
        correct(desk, report("branch:1", "Стало"))
        for _ in range(3):
            desk.deliver(NEXT)
        assert len(desk.stand_in.requests("editMessageText")) == 1

    def test_is_not_made_for_another_wording_of_the_same_figures(self, desk: Desk) -> None:
        sent(desk, report("branch:1", "Было", figures={"repairs": [1, {"times": 2}]}))
        assert correct(desk, report("branch:1", "Иначе", figures={"repairs": (1, {"times": 2})})) == Revised()
        desk.deliver(NEXT)
        assert desk.texts() == ["Было"]

    def test_goes_after_the_news_of_its_batch(self, desk: Desk) -> None:
        sent(desk, report("branch:1", "Было"))
        correct(desk, report("branch:1", "Стало"))
        desk.store(report("branch:2", "Новость"), batch=NEXT)

        desk.deliver(NEXT)

        assert [call["method"] for call in desk.stand_in.requests()[-2:]] == ["sendMessage", "editMessageText"]

    def test_keeps_the_rich_form_that_is_in_the_chat(self, desk: Desk) -> None:
        sent(desk, report("network", LONG, rich_html="<p>Было</p>"))
        assert desk.states()[f"{DAY.name}/network/reports/2"] == "covered"

        correct(desk, report("network", LONG + "и ещё\n", rich_html="<p>Стало</p>"))
        desk.deliver(NEXT)

        (message,) = desk.stand_in.messages(STAFF)
        assert message["rich"] is not None
        assert message["text"] == "Стало"

    def test_of_a_rich_message_is_told_in_parts_where_the_server_no_longer_knows_them(self, desk: Desk) -> None:
        sent(desk, report("network", LONG, rich_html="<p>Было</p>"))
        desk.stand_in.set_bot_api_version("9.0")

        correct(desk, report("network", LONG.replace("строка", "другая строка"), rich_html="<p>Стало</p>"))
        desk.deliver(NEXT)

        assert [text.startswith("другая строка") for text in desk.texts()] == [True] * len(desk.texts())
        assert sum(text.count("другая строка") for text in desk.texts()) == 600

    def test_reaches_the_message_in_the_chat_it_was_sent_to(self, desk: Desk) -> None:
        sent(desk, report("branch:1", "Было"))
        desk.stand_in.create_chat(OTHER_CHAT, "Новый чат")
        desk.chats["reports"] = OTHER_CHAT

        correct(desk, report("branch:1", "Стало"))
        desk.deliver(NEXT)

        assert desk.texts(STAFF) == ["Стало"]
        assert desk.texts(OTHER_CHAT) == []

    def test_that_telegram_finds_to_be_made_already_is_settled(self, desk: Desk) -> None:
        sent(desk, report("branch:1", "Было"))
        correct(desk, report("branch:1", "Было"))
        assert desk.deliver(NEXT) == {"sent": 1}

    def test_of_unknown_outcome_is_made_again_and_is_no_possible_repeat(self, desk: Desk) -> None:
        sent(desk, report("branch:1", "Было"), batch=replace(DAY, unknown_policy="hold"))
        correct(desk, report("branch:1", "Стало"))
        desk.stand_in.plan_fault("reset", when="after", method="editMessageText", times=1)

        assert desk.deliver(NEXT) == {"sent": 1}

        assert desk.texts() == ["Стало"]
        assert len(desk.stand_in.requests("editMessageText")) == 2
        assert desk.rows("select possible_repeats from notifications.messages") == [{"possible_repeats": 0}]

    def test_past_its_end_of_use_leaves_the_message_as_it_was(self, desk: Desk) -> None:
        sent(desk, report("branch:1", "Было"))
        correct(desk, report("branch:1", "Стало"), replace(NEXT, keep=timedelta(seconds=-1)))
        assert desk.deliver(NEXT) == {"sent": 1}
        assert desk.texts() == ["Было"]

    def test_that_came_too_late_is_made_by_the_next_run(self, desk: Desk) -> None:
        sent(desk, report("branch:1", "Было"))
        correct(desk, report("branch:1", "Стало"), replace(NEXT, keep=timedelta(seconds=-1)))
        desk.deliver(NEXT)
        (late,) = messages_since(desk.conninfo, DAY.notification, datetime.now(UTC) - timedelta(hours=1))
        assert (late.figures, late.shown_figures) == ({"repairs_count": 2}, {})

        assert correct(desk, report("branch:1", "Стало")) == Revised(edited=1)
        desk.deliver(NEXT)

        assert desk.texts() == ["Стало"]

    def test_does_not_make_the_summary_name_a_report_that_is_in_the_chat(self, desk: Desk) -> None:
        sent(desk, report("branch:1", "Было"))
        desk.stand_in.plan_fault("flood", method="editMessageText", retry_after=3600)
        desk.settings = replace_wait(desk, 0.0)
        correct(desk, report("branch:1", "Стало"), DAY)
        desk.store(report("network", "Сводка", closes_batch=True))

        with pytest.raises(Exception, match="Telegram's limits"):
            desk.deliver()
        desk.stand_in.clear_faults()
        unblock(desk)
        desk.deliver()

        assert "Сводка" in desk.texts()


def replace_wait(desk: Desk, minutes: float) -> Any:
    """Return the settings with another wait of the summary."""
    return desk.settings.model_copy(update={"summary_wait_minutes": minutes})


def unblock(desk: Desk) -> None:
    """Let the hour pass that Telegram asked for."""
    desk.rows("update notifications.chats set blocked_until = null returning chat_id")


class TestNumbersThatMeanOtherMessages:
    """A message is edited only where its number still means it."""

    def test_after_a_group_became_a_supergroup_a_new_message_replaces_the_old(self, desk: Desk) -> None:
        sent(desk, report("branch:1", "20 ноября"))
        new_chat = desk.stand_in.migrate(STAFF)
        desk.store(report("branch:1", "21 ноября"), batch=NEXT)
        desk.deliver(NEXT)

        correct(desk, report("branch:1", "20 ноября, уточнён"), replace(NEXT, if_uneditable="replace"))
        desk.deliver(NEXT)

        texts = desk.texts(new_chat)
        assert texts[:2] == ["20 ноября", "21 ноября"]
        assert texts[2].startswith("Заменяет прежнее сообщение")
        assert desk.stand_in.requests("editMessageText") == []

    def test_another_bot_edits_nothing_of_the_former_one(self, desk: Desk) -> None:
        other = "43:OTHER"
        desk.stand_in.add_token(other)
        sent(desk, report("branch:1", "Было"))
        correct(desk, report("branch:1", "Стало"), replace(NEXT, if_uneditable="replace"))

        assert desk.deliver(NEXT, token=other) == {"sent": 1}

        assert [text.rsplit("\n", 1)[-1] for text in desk.texts()] == ["Было", "Стало"]
        assert desk.stand_in.requests("editMessageText") == []

    def test_a_wait_for_a_former_chat_leaves_the_present_one_free(self, desk: Desk) -> None:
        sent(desk, report("branch:1", "Было"))
        desk.stand_in.create_chat(OTHER_CHAT, "Новый чат")
        desk.chats["reports"] = OTHER_CHAT
        desk.stand_in.plan_fault("flood", method="editMessageText", retry_after=3600)
        correct(desk, report("branch:1", "Стало"))
        with pytest.raises(PostponedError):
            desk.deliver(NEXT)

        desk.store(report("branch:2", "Новость"), batch=replace(NEXT, name="later"))
        assert desk.deliver(replace(NEXT, name="later")) == {"sent": 1}

        assert len(desk.stand_in.requests("editMessageText")) == 1
        blocked = desk.rows("select chat_id from notifications.chats where blocked_until > now()")
        assert blocked == [{"chat_id": str(STAFF)}]


class TestAMessageNotInTheChatYet:
    """Its text is replaced, or it is withdrawn."""

    def test_goes_out_with_its_present_text(self, desk: Desk) -> None:
        desk.store(report("branch:1", "Было"))
        assert correct(desk, report("branch:1", "Стало"), replace(DAY, name=NEXT.name)) == Revised(renewed=1)
        desk.deliver(NEXT)
        assert desk.texts() == ["Стало"]
        assert desk.stand_in.messages(STAFF)[0]["edits"] == []

    def test_is_never_sent_when_it_was_withdrawn(self, desk: Desk) -> None:
        desk.store(report("branch:1", "Было"), report("branch:2", "Другое"))
        assert correct(desk, report("branch:1", "Снято"), is_withdrawn=True) == Revised(withdrawn=1)
        assert desk.deliver() == {"expired": 1, "sent": 1}
        assert desk.texts() == ["Другое"]

    def test_is_edited_when_it_was_on_its_way(self, desk: Desk) -> None:
        async def scenario() -> None:
            desk.store(report("branch:1", "Было"))
            desk.stand_in.plan_fault("slow", method="sendMessage", seconds=0.6)
            delivery = asyncio.create_task(desk.delivering())
            await desk.until(lambda: "sending" in desk.states().values())
            await asyncio.to_thread(correct, desk, report("branch:1", "Стало"), DAY, is_withdrawn=True)
            await delivery

        asyncio.run(scenario())
        assert desk.texts() == ["Стало"]
        assert set(desk.states().values()) == {"sent"}

    def test_stays_parked_with_its_present_text_until_a_person_acts(self, desk: Desk) -> None:
        desk.stand_in.kick(STAFF)
        desk.store(report("branch:1", "Было"))
        desk.deliver()
        assert correct(desk, report("branch:1", "Стало"), DAY) == Revised(renewed=1)
        desk.stand_in.admit(STAFF)
        assert desk.deliver(reopen_parked=False) == {"parked": 1}
        assert desk.deliver() == {"sent": 1}
        assert desk.texts() == ["Стало"]

    def test_unknown_to_the_ledger_is_an_error_that_names_it(self, desk: Desk) -> None:
        with pytest.raises(LookupError, match="profitability_daily/2026-11-20/branch:9/reports/1"):
            correct(desk, report("branch:9"))


class TestAnotherNumberOfParts:
    """Common parts are edited, further ones follow as replies, and what is left over says so."""

    def test_a_longer_text_continues_in_replies(self, desk: Desk) -> None:
        sent(desk, report("network", LONG))
        old = len(desk.texts())
        correct(desk, report("network", LONG * 2))
        desk.deliver(NEXT)
        texts = desk.texts()
        assert len(texts) > old
        assert [text.rsplit("\n\n", 1)[1] for text in texts] == [
            f"Часть {number} из {len(texts)}" for number in range(1, len(texts) + 1)
        ]
        first = desk.stand_in.messages(STAFF)[0]["message_id"]
        replies = [message["reply_to"] for message in desk.stand_in.messages(STAFF)]
        assert replies[:old] == [None] * old
        assert {reply["message_id"] for reply in replies[old:]} == {first}

    def test_a_shorter_text_voids_the_parts_that_are_left_over(self, desk: Desk) -> None:
        sent(desk, report("network", LONG))
        count = len(desk.texts())
        correct(desk, report("network", "Коротко"))
        desk.deliver(NEXT)
        texts = desk.texts()
        assert texts[0] == "Коротко"
        assert len(texts) == count > 1
        assert all("больше не действует" in text for text in texts[1:])

    def test_a_longer_rich_text_brings_no_parts_of_its_plain_form(self, desk: Desk) -> None:
        sent(desk, report("network", "Коротко", rich_html="<p>Было</p>"))
        correct(desk, report("network", LONG, rich_html="<p>Стало</p>"))
        desk.deliver(NEXT)
        assert desk.texts() == ["Стало"]

    def test_what_an_edit_adds_is_silent_and_comes_after_it(self, desk: Desk) -> None:
        sent(desk, report("network", "Коротко"))
        correct(desk, report("network", LONG))
        desk.deliver(NEXT)
        assert [call["method"] for call in desk.stand_in.requests()[-3:]] == [
            "editMessageText",
            "sendMessage",
            "sendMessage",
        ]
        assert [message["is_silent"] for message in desk.stand_in.messages(STAFF)] == [False, True, True]

    def test_parts_that_never_came_are_not_told_that_they_are_void(self, desk: Desk) -> None:
        desk.store(report("network", LONG))
        desk.stand_in.plan_fault("error", method="sendMessage", text="Часть 2", status=403, times=1)
        desk.deliver()
        assert len(desk.texts()) == 1
        correct(desk, report("network", "Коротко"), DAY)
        desk.deliver()
        assert desk.texts() == ["Коротко"]

    def test_a_rich_message_replaced_in_its_plain_form_is_told_whole(self, desk: Desk) -> None:
        sent(desk, report("network", LONG, rich_html="<p>Было</p>"))
        desk.stand_in.delete_message(STAFF, desk.stand_in.messages(STAFF)[0]["message_id"])
        desk.settings = desk.settings.model_copy(update={"rich": "off"})
        correct(desk, report("network", LONG, rich_html="<p>Стало</p>"), replace(NEXT, if_uneditable="replace"))
        desk.deliver(NEXT)
        assert sum(text.count("строка отчёта") for text in desk.texts()) == 600

    def test_a_shorter_text_of_a_deleted_message_is_replaced_once(self, desk: Desk) -> None:
        sent(desk, report("network", LONG))
        for message in desk.stand_in.messages(STAFF):
            desk.stand_in.delete_message(STAFF, message["message_id"])
        correct(desk, report("network", "Коротко"), replace(NEXT, if_uneditable="replace"))
        desk.deliver(NEXT)
        (text,) = desk.texts()
        assert text.endswith("Коротко")


class TestAnEditThatIsNoLongerPossible:
    """The notification decides: the old text stays, or a new message replaces it."""

    def test_leaves_the_chat_alone(self, desk: Desk) -> None:
        sent(desk, report("branch:1", "Было"))
        desk.stand_in.delete_message(STAFF, desk.stand_in.messages(STAFF)[0]["message_id"])
        correct(desk, report("branch:1", "Стало"))
        assert desk.deliver(NEXT) == {"sent": 1}
        assert desk.texts() == []

    def test_or_is_replaced_by_a_new_message_that_says_so(self, desk: Desk) -> None:
        sent(desk, report("branch:1", "Было"))
        desk.stand_in.delete_message(STAFF, desk.stand_in.messages(STAFF)[0]["message_id"])
        correct(desk, report("branch:1", "Стало"), replace(NEXT, if_uneditable="replace"))
        assert desk.deliver(NEXT) == {"sent": 1}
        (new,) = desk.texts()
        assert new.startswith("Заменяет прежнее сообщение")
        assert new.endswith("Стало")

    def test_of_a_message_that_a_person_has_seen_is_a_new_one_where_it_may_be_replaced(self, desk: Desk) -> None:
        desk.store(report("branch:1", "Было"), report("branch:2", "Было"))
        held = desk.rows("update notifications.messages set state = 'held' returning message_id")
        note_delivered(desk.conninfo, [row["message_id"] for row in held])
        correct(desk, report("branch:1", "Стало"))
        correct(desk, report("branch:2", "Стало"), replace(NEXT, if_uneditable="replace"))
        assert desk.deliver(NEXT) == {"sent": 2}
        (new,) = desk.texts()
        assert new.startswith("Заменяет прежнее сообщение")

    def test_in_a_former_chat_parks_nothing_of_the_present_one(self, desk: Desk) -> None:
        sent(desk, report("branch:1", "Было"))
        desk.stand_in.create_chat(OTHER_CHAT, "Новый чат")
        desk.stand_in.kick(STAFF)
        desk.chats["reports"] = OTHER_CHAT
        correct(desk, report("branch:1", "Стало"))
        desk.store(report("branch:2", "Новость"), batch=NEXT)
        assert desk.deliver(NEXT) == {"sent": 2}
        assert desk.texts(OTHER_CHAT) == ["Новость"]

    def test_in_the_present_chat_waits_for_a_person(self, desk: Desk) -> None:
        sent(desk, report("branch:1", "Было"))
        desk.stand_in.kick(STAFF)
        correct(desk, report("branch:1", "Стало"))
        assert desk.deliver(NEXT) == {"parked": 1}
        desk.stand_in.admit(STAFF)
        assert desk.deliver(NEXT) == {"sent": 1}
        assert desk.texts() == ["Стало"]
