"""A picture is a message of its batch: drawn when it is sent, once, after the summary; the texts go in any case."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from sancrm_notifications.delivery import attempt, drawing
from sancrm_notifications.ledger.erasing import erase
from sancrm_notifications.ledger.revising import Revised, Revision, revise
from tests.desk import DAY, STAFF, report
from tests.pictures.charts import panel, week

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sancrm_notifications.text.message import Message
    from tests.desk import Desk

WEEK = replace(DAY, notification="profitability_weekly", period="2026-W47", name="profitability_weekly/2026-W47")
CHART = week(panel("Калуга"), panel("Тула"))
SUMMARY = report("network", "<b>Сводка</b>", closes_batch=True, figures={"profit_kopecks": 1})
PNG = b"\x89PNG\r\n\x1a\n"


def picture(caption: str = "<b>Прибыль</b> по дням", **more: Any) -> Message:
    """Return the message that follows the summary."""
    figures = more.pop("figures", {"profit_kopecks": 1})
    drawn_from = more.pop("picture", CHART.to_json())
    return report(
        "network_picture",
        caption,
        silent=True,
        closes_batch=True,
        figures=figures,
        belongs_to="network",
        picture=drawn_from,
        **more,
    )


def methods(desk: Desk) -> list[str]:
    """Return what was asked of Telegram, in order, without the questions."""
    return [call["method"] for call in desk.stand_in.requests() if call["method"] != "getMe"]


def uploaded(desk: Desk, message: dict[str, Any]) -> bytes:
    """Return the file of a message as the chat's page shows it."""
    address = f"{desk.stand_in.base_url.removesuffix('/bot')}/page/files/{message['media']['file_id']}"
    return httpx.get(address, trust_env=False).content


def count_drawings(monkeypatch: pytest.MonkeyPatch, seconds: float = 0.0) -> list[object]:
    """Return a list that grows with each drawing, which takes so much longer."""
    drawn: list[object] = []
    draw = drawing._draw

    def counting(figures: Mapping[str, Any]) -> bytes:
        drawn.append(figures)
        time.sleep(seconds)
        return draw(figures)

    monkeypatch.setattr(drawing, "_draw", counting)
    return drawn


class TestAPicture:
    """What arrives."""

    def test_follows_the_summary_as_a_photo_with_its_words_below(self, desk: Desk) -> None:
        desk.store(SUMMARY, picture(), report("branch:1", "Калуга"), batch=WEEK)
        assert desk.deliver(WEEK) == {"sent": 3}

        assert desk.texts() == ["Калуга", "Сводка", "Прибыль по дням"]
        shown = list(desk.stand_in.messages(STAFF))[-1]
        assert uploaded(desk, shown).startswith(PNG)
        assert (shown["is_silent"], shown["entities"][0]["type"]) == (True, "bold")
        (row,) = desk.rows(
            "select telegram_message_id, sent_form from notifications.messages where picture is not null"
        )
        assert row == {"telegram_message_id": shown["message_id"], "sent_form": "html"}

    def test_is_drawn_when_it_is_sent_and_not_twice(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        drawn = count_drawings(monkeypatch)
        for _ in range(2):
            desk.store(SUMMARY, picture(), batch=WEEK)
            assert drawn == []
        for _ in range(2):
            desk.deliver(WEEK)
            desk.store(SUMMARY, picture(), batch=WEEK)

        assert len(drawn) == 1
        assert methods(desk) == ["sendMessage", "sendPhoto"]

    def test_that_takes_longer_to_draw_than_its_moment_waits_is_drawn_once_and_sent(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        drawn = count_drawings(monkeypatch, seconds=0.5)
        monkeypatch.setattr(attempt, "_LATEST_START_SECONDS", 0.4)
        desk.store(SUMMARY, picture(), batch=WEEK)
        assert desk.deliver(WEEK) == {"sent": 2}
        assert (len(drawn), methods(desk)) == (1, ["sendMessage", "sendPhoto"])

    def test_follows_a_summary_that_has_grown_since_it_was_stored(self, desk: Desk) -> None:
        desk.store(SUMMARY, picture(), batch=WEEK)
        desk.store(replace(SUMMARY, html="строка сводки\n" * 400), picture(), batch=WEEK)
        desk.deliver(WEEK)
        assert methods(desk)[-1] == "sendPhoto"
        assert len(methods(desk)) > 2

    def test_does_not_come_out_of_nowhere_behind_a_summary_that_was_sent_without(self, desk: Desk) -> None:
        desk.store(SUMMARY, batch=WEEK)
        desk.deliver(WEEK)
        assert desk.store(SUMMARY, picture(), batch=WEEK).stored == 0
        desk.deliver(WEEK)
        assert methods(desk) == ["sendMessage"]

    def test_waits_for_its_moment_like_a_text_and_comes_once(self, desk: Desk) -> None:
        desk.store(SUMMARY, picture(), batch=WEEK)
        desk.stand_in.plan_fault("flood", method="sendPhoto", retry_after=1, times=1)
        assert desk.deliver(WEEK) == {"sent": 2}
        assert [message["text"] for message in desk.stand_in.messages(STAFF)] == ["Сводка", "Прибыль по дням"]

    def test_of_unknown_outcome_is_sent_again_and_says_so(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(attempt, "_BACKOFF_SECONDS", (0.02, 0.02, 0.02))
        desk.store(SUMMARY, picture(), batch=WEEK)
        desk.stand_in.plan_fault("reset", when="after", method="sendPhoto", times=1)
        assert desk.deliver(WEEK) == {"sent": 2}
        assert desk.texts()[1:] == [
            "Прибыль по дням",
            "Возможный повтор: неизвестно, дошло ли это сообщение раньше.\n\nПрибыль по дням",
        ]

    def test_is_forgotten_with_its_words_while_its_own_figures_stay(self, desk: Desk) -> None:
        desk.store(SUMMARY, picture(), batch=WEEK)
        desk.deliver(WEEK)
        ago = "- interval '40 days'"
        desk.rows(
            f"update notifications.messages set stored_at = stored_at {ago}, sent_at = sent_at {ago} returning part"
        )
        assert erase(desk.conninfo, timedelta(days=30)).texts == 2
        left = desk.rows("select html, picture, figures from notifications.messages where subject = 'network_picture'")
        assert left == [{"html": None, "picture": None, "figures": {"profit_kopecks": 1}}]

    def test_names_no_missing_report_below_it(self, desk: Desk) -> None:
        desk.stand_in.create_chat(-1002, "Калуга")
        desk.stand_in.kick(-1002)
        desk.chats["branch:1"] = -1002
        desk.store(report("branch:1", destination="branch:1"), SUMMARY, picture(), batch=WEEK)
        desk.deliver(WEEK)
        assert ["Не доставлены" in text for text in desk.texts()] == [True, False]


REFUSED = [
    "PHOTO_INVALID_DIMENSIONS",
    "IMAGE_PROCESS_FAILED",
    "not enough rights to send photos to the chat",
    "CHAT_SEND_PHOTOS_FORBIDDEN",
    "file of size 11412284 bytes is too big for a photo; the maximum size is 10485760 bytes",
]


class TestARefusedPicture:
    """The texts go all the same; the picture waits for a person."""

    @pytest.mark.parametrize("words", REFUSED)
    def test_parks_itself_and_nothing_else(self, desk: Desk, words: str) -> None:
        # Whatever else is stored for the chat comes behind it.
        desk.store(SUMMARY, picture(), replace(SUMMARY, subject="later", html="Позже"), batch=WEEK)
        desk.stand_in.plan_fault("error", method="sendPhoto", status=400, description=f"Bad Request: {words}")

        assert desk.deliver(WEEK) == {"sent": 2, "parked": 1}

        assert desk.texts() == ["Сводка", "Позже"]
        assert methods(desk).count("sendPhoto") == 1
        (row,) = desk.rows("select reason, reason_for_staff from notifications.messages where state = 'parked'")
        assert row["reason"].startswith(f"picture_refused: HTTP 400: Bad Request: {words}")
        assert "pictures" in row["reason"]
        assert row["reason_for_staff"]

        desk.stand_in.clear_faults()
        assert desk.deliver(WEEK) == {"sent": 3}

    def test_too_large_for_a_proxy_in_between_does_not_stop_the_batch(self, desk: Desk) -> None:
        desk.store(SUMMARY, picture(), replace(SUMMARY, subject="later", html="Позже"), batch=WEEK)
        desk.stand_in.plan_fault("status", method="sendPhoto", status=413)
        assert desk.deliver(WEEK) == {"sent": 2, "parked": 1}
        assert desk.texts() == ["Сводка", "Позже"]

    def test_goes_with_plain_words_when_its_caption_is_the_fault(self, desk: Desk) -> None:
        desk.store(SUMMARY, picture("<b>Прибыль <i>по</b> дням</i>"), batch=WEEK)
        assert desk.deliver(WEEK) == {"sent": 2}
        shown = list(desk.stand_in.messages(STAFF))[-1]
        assert (shown["text"], shown["entities"]) == ("Прибыль по дням", [])

    @pytest.mark.parametrize("fault", ["figures", "drawing"])
    def test_that_cannot_be_drawn_is_parked_without_a_request(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch, fault: str
    ) -> None:
        figures = {"kind": "hourly"} if fault == "figures" else CHART.to_json()
        if fault == "drawing":
            monkeypatch.setattr("sancrm_notifications.pictures.png.png", lambda _: 1 / 0)
        desk.store(SUMMARY, picture(picture=figures), replace(SUMMARY, subject="later", html="Позже"), batch=WEEK)

        assert desk.deliver(WEEK) == {"sent": 2, "parked": 1}

        assert methods(desk) == ["sendMessage", "sendMessage"]
        (row,) = desk.rows("select reason from notifications.messages where state = 'parked'")
        assert "cannot be drawn" in row["reason"]

    def test_leaves_a_chat_that_is_out_of_reach_to_the_usual_rules(self, desk: Desk) -> None:
        desk.store(picture(), replace(SUMMARY, subject="later"), batch=WEEK)
        desk.stand_in.kick(STAFF)
        assert desk.deliver(WEEK) == {"parked": 2}


class TestACorrectedPicture:
    """It is edited where it stands."""

    @staticmethod
    def correct(desk: Desk, message: Message, **more: Any) -> Revised:
        return revise(desk.conninfo, replace(WEEK, **more), [Revision(WEEK.period, message)])

    def test_is_replaced_in_place_and_its_old_figures_are_kept(self, desk: Desk) -> None:
        desk.store(SUMMARY, picture(), batch=WEEK)
        desk.deliver(WEEK)
        before = uploaded(desk, list(desk.stand_in.messages(STAFF))[-1])
        other = week(panel("Калуга"), panel("Тула", [0, 1, 2, 3, 4, 5, 6]), corrected="24 ноября, 10:40")
        new = picture("Уточнено", figures={"profit_kopecks": 2}, picture=other.to_json())

        assert self.correct(desk, new) == Revised(edited=1)
        assert desk.deliver(WEEK) == {"sent": 2}

        shown = list(desk.stand_in.messages(STAFF))[-1]
        assert (shown["text"], [edit["text"] for edit in shown["edits"]]) == ("Уточнено", ["Прибыль по дням"])
        assert uploaded(desk, shown) not in {before, b""}
        assert methods(desk)[-1] == "editMessageMedia"
        assert desk.rows("select figures from notifications.revisions") == [{"figures": {"profit_kopecks": 1}}]

    def test_of_the_same_figures_is_left_alone(self, desk: Desk) -> None:
        desk.store(SUMMARY, picture(), batch=WEEK)
        desk.deliver(WEEK)
        assert self.correct(desk, picture("Иначе сказано")) == Revised()
        desk.deliver(WEEK)
        assert methods(desk) == ["sendMessage", "sendPhoto"]

    def test_that_was_deleted_in_the_chat_is_sent_anew_and_says_so(self, desk: Desk) -> None:
        desk.store(SUMMARY, picture(), batch=WEEK)
        desk.deliver(WEEK)
        desk.stand_in.delete_message(STAFF, list(desk.stand_in.messages(STAFF))[-1]["message_id"])
        self.correct(desk, picture("Уточнено", figures={"profit_kopecks": 2}), if_uneditable="replace")
        assert desk.deliver(WEEK) == {"sent": 2}
        assert desk.texts()[-1].startswith("Заменяет прежнее сообщение")


class TestTheSetting:
    """Pictures can be switched off."""

    def test_switched_off_drops_what_is_in_no_chat_and_says_why(self, desk: Desk) -> None:
        desk.store(SUMMARY, picture(), batch=WEEK)
        desk.settings = desk.settings.model_copy(update={"pictures": False})
        assert desk.deliver(WEEK) == {"sent": 1, "not_wanted": 1}
        assert methods(desk) == ["sendMessage"]
        (row,) = desk.rows("select reason from notifications.messages where state = 'not_wanted'")
        assert row["reason"] == "the setting «pictures» is off"

    def test_switched_off_still_corrects_the_picture_in_the_chat(self, desk: Desk) -> None:
        desk.store(SUMMARY, picture(), batch=WEEK)
        desk.deliver(WEEK)
        desk.settings = desk.settings.model_copy(update={"pictures": False})
        TestACorrectedPicture.correct(desk, picture("Уточнено", figures={"profit_kopecks": 2}))
        desk.deliver(WEEK)
        assert methods(desk)[-1] == "editMessageMedia"
