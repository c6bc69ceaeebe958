"""Missed calls from the CRM's tables to the chat: who is told, how often, and what becomes of it after the call."""

from __future__ import annotations

import asyncio
import json
import traceback
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException
from airflow.utils.types import DagRunType

from sancrm_notifications import connections, databases
from sancrm_notifications.ledger.inbox import Origin, Outgoing, store_answers
from sancrm_notifications.notifications.missed_calls import tasks
from tests.desk import STAFF
from tests.include.sql.queries import create_tables
from tests.notifications.missed_calls.office import CARDS_SQL, MOSCOW, NAME, PHONE, SPACE, a_run, connection_json

if TYPE_CHECKING:
    from sancrm_notifications.bot.response import Response
    from tests.conftest import Databases
    from tests.notifications.missed_calls.office import Office


class TestTelling:
    """Who is told, in which messages."""

    def test_nobody_waits_nothing_is_sent_and_the_log_says_so(
        self, office: Office, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level("INFO"):
            assert office.tell("2026-11-20 10:00")["notified"] == 0
        assert "nobody waits for a call on 2026-11-20" in caplog.text
        assert office.desk.stand_in.requests() == []

    def test_a_setting_asks_for_one_line_when_nobody_waits(self, office: Office) -> None:
        office.set_variable({"missed_calls_say_none": True})
        for at in ("2026-11-20 10:00", "2026-11-20 12:00"):
            office.tell(at)
        office.check("2026-11-20 13:00")
        (message,) = office.messages()
        assert message["text"] == "Незвонков нет: никто не ждёт звонка."
        assert message["is_silent"]

    def test_one_message_says_everything_and_has_the_button(self, office: Office) -> None:
        office.repair(12841, device_category="Шуруповёрт", device_brand="Makita", device_model="DF333D")

        assert office.tell("2026-11-20 10:00")["notified"] == 1

        (message,) = office.messages()
        assert message["text"] == (
            f"Перезвонить клиенту · B-12841\n№{SPACE}12841 · Центральный\n\nШуруповёрт Makita DF333D\n"
            f"Статус: Готов{SPACE}— можно забирать\n\nКлиент: {NAME}\nТелефон: +7 900 000-12-34\n\n"
            f"Ждёт звонка 3{SPACE}рабочих дня"
        )
        ((button,),) = message["buttons"]
        assert (button["text"], button["url"]) == ("Открыть в CRM", "https://crm.example.org/repairs/12841")

    def test_three_are_told_by_branch_and_the_longest_waiting_first_and_only_the_first_rings(
        self, office: Office
    ) -> None:
        office.repair(1, status_changed_at="2026-11-19T09:00:00Z")
        office.repair(2, status="Подбор")
        office.repair(3, branch_id=8)
        office.repair(4, status="Выдан")
        office.repair(5, needs_callback=False)

        office.tell("2026-11-20 10:00")

        assert office.titles() == [f"Перезвонить клиенту · B-{n}" for n in (3, 2, 1)]
        assert [message["is_silent"] for message in office.messages()] == [False, True, True]

    @pytest.mark.parametrize(("waiting", "singles", "digests"), [(20, 20, 0), (21, 21, 0), (22, 20, 1), (150, 20, 13)])
    def test_above_twenty_the_rest_share_messages_and_nobody_is_left_out(
        self, office: Office, waiting: int, singles: int, digests: int
    ) -> None:
        office.repair(*range(1, waiting + 1))

        office.tell("2026-11-20 10:00")

        titles = office.titles()
        assert [title.startswith("Перезвонить клиенту") for title in titles] == [True] * singles + [False] * digests
        assert all(title.startswith("Ещё ждут звонка: ") for title in titles[singles:])
        addresses = [button["url"] for message in office.messages() for row in message["buttons"] for button in row]
        assert sorted(addresses) == sorted(f"https://crm.example.org/repairs/{n}" for n in range(1, waiting + 1))
        told = [office.desk.rows("select figures from notifications.messages order by message_id")]
        assert sum(len(row["figures"]["repairs"]) for row in told[0]) == waiting

    def test_a_rerun_changes_nothing_and_new_repairs_become_new_messages(self, office: Office) -> None:
        office.set_variable({"digest_above": 2})
        office.repair(1, 2, 3, 4)
        office.tell("2026-11-20 10:00")
        before = office.messages()
        assert len(before) == 3

        assert office.tell("2026-11-20 10:30")["notified"] == 0
        assert office.messages() == before

        office.repair(5, 6)
        office.tell("2026-11-20 11:00")
        assert office.messages()[:3] == before
        assert office.titles()[3:] == [f"Ещё ждут звонка: 2{SPACE}ремонта"]

    def test_new_repairs_are_told_singly_while_the_day_has_room(self, office: Office) -> None:
        office.repair(1)
        office.tell("2026-11-20 10:00")
        office.repair(2, 3)
        office.tell("2026-11-20 11:00")
        assert office.titles() == [f"Перезвонить клиенту · B-{n}" for n in (1, 2, 3)]

    def test_the_next_working_day_tells_again_and_says_which_time_it_is(self, office: Office) -> None:
        office.repair(1)
        for day in ("2026-11-19", "2026-11-20", "2026-11-23"):
            office.tell(f"{day} 10:00")

        assert len(office.messages()) == 3
        second, third = (message["text"].split("\n")[-1] for message in office.messages()[1:])
        assert second == f"Ждёт звонка 3{SPACE}рабочих дня · сообщаем 2-й{SPACE}раз"
        assert third == f"Ждёт звонка 4{SPACE}рабочих дня · сообщаем 3-й{SPACE}раз"

    def test_without_a_date_in_the_crm_the_wait_is_counted_from_the_first_telling(self, office: Office) -> None:
        office.repair(1, status_changed_at=None)
        office.tell("2026-11-19 10:00")
        office.tell("2026-11-23 10:00")
        first, second = (message["text"].split("\n")[-1] for message in office.messages())
        assert first == "Как долго ждёт звонка, неизвестно"
        assert second == f"Ждёт звонка не менее 2{SPACE}рабочих дней · сообщаем 2-й{SPACE}раз"

    def test_values_of_people_arrive_as_they_were_typed(self, office: Office) -> None:
        name = "<b>Жирный</b> & «Ко» 👩🏽‍🔧 " + "очень длинно " * 400
        office.repair(1, customer_name=name, customer_phone="звонить после 18:00 <i>")
        office.tell("2026-11-20 10:00")
        text = " ".join(message["text"] for message in office.messages())
        assert "Клиент: <b>Жирный</b> & «Ко» 👩🏽‍🔧" in text
        assert text.count("длинно") == 400
        assert "Телефон: звонить после 18:00 <i>\n" in text

        office.call(1)
        office.check("2026-11-20 11:00")
        texts = [message["text"] for message in office.messages()]
        assert len(texts) == 3
        assert texts[0].startswith("Снято с обзвона, замечено")
        assert not any("длинно" in text or "18:00" in text for text in texts)

    def test_an_address_that_is_no_button_stands_in_the_text_and_is_warned_of_once(
        self, office: Office, caplog: pytest.LogCaptureFixture
    ) -> None:
        office.set_variable({"crm_base_url": "http://crm:8080"})
        office.repair(1, 2)
        office.tell("2026-11-20 10:00")
        assert [message["text"].split("\n")[-1] for message in office.messages()] == [
            f"В CRM: http://crm:8080/repairs/{n}" for n in (1, 2)
        ]
        assert [message["buttons"] for message in office.messages()] == [[], []]
        assert caplog.text.count("can be no button") == 1

    def test_who_is_called_between_the_question_and_the_writing_is_not_told(self, office: Office) -> None:
        office.repair(1, 2)
        now = datetime(2026, 11, 20, 10, tzinfo=MOSCOW)
        office.set_now(now)
        asked = [{"repair_id": n, "branch_id": 7, "waiting_since": None} for n in (1, 2)]
        office.call(1)
        formatted = tasks.format_messages("2026-11-20", asked, CARDS_SQL, a_run(now), is_notifying=True)
        assert (formatted["waiting"], formatted["notified"]) == (1, 1)

    def test_who_is_flagged_again_between_the_question_and_the_writing_is_not_marked_as_called(
        self, office: Office
    ) -> None:
        office.repair(1)
        office.tell("2026-11-19 10:00")
        now = datetime(2026, 11, 20, 10, tzinfo=MOSCOW)
        office.set_now(now)
        formatted = tasks.format_messages("2026-11-20", [], CARDS_SQL, a_run(now), is_notifying=True)
        assert (formatted["notified"], formatted["edited"]) == (0, 0)


class TestAfterTheCall:
    """What becomes of messages whose repair no longer waits."""

    def test_all_its_messages_of_all_days_are_edited_and_nothing_new_arrives(self, office: Office) -> None:
        office.repair(1, 2)
        office.tell("2026-11-19 10:00")
        office.tell("2026-11-20 10:00")
        office.call(1)

        assert office.check("2026-11-20 14:05")["edited"] == 2

        assert len(office.messages()) == 4
        for message in office.messages()[::2]:
            assert message["text"] == f"Снято с обзвона, замечено 20{SPACE}ноября, 14:05\nB-1 · №{SPACE}1"
            assert [before["text"].split("\n")[0] for before in message["edits"]] == ["Перезвонить клиенту · B-1"]
            ((button,),) = message["buttons"]
            assert button["url"].endswith("/repairs/1")
        assert [message["edits"] for message in office.messages()[1::2]] == [[], []]
        office.check("2026-11-20 15:00")
        assert len(office.desk.stand_in.requests("editMessageText")) == 2

    def test_new_messages_go_before_edits(self, office: Office) -> None:
        office.repair(1)
        office.tell("2026-11-19 10:00")
        office.call(1)
        office.repair(2)
        formatted = office.tell("2026-11-20 10:00")
        assert (formatted["notified"], formatted["edited"]) == (1, 1)
        methods = [request["method"] for request in office.desk.stand_in.requests() if "Message" in request["method"]]
        assert methods[-2:] == ["sendMessage", "editMessageText"]

    @pytest.mark.parametrize("change", ["status = 'Выдан'", "repair_id = 99", "needs_callback = false"])
    def test_another_status_or_a_repair_that_is_gone_is_no_longer_waiting(self, office: Office, change: str) -> None:
        office.repair(1)
        office.tell("2026-11-20 10:00")
        office.update(1, change)
        office.check("2026-11-20 11:00")
        assert office.titles() == [f"Снято с обзвона, замечено 20{SPACE}ноября, 11:00"]

    def test_in_a_digest_only_its_own_lines_change(self, office: Office) -> None:
        office.set_variable({"digest_above": 0})
        office.repair(1, 2, 3)
        office.tell("2026-11-19 10:00")
        (before,) = office.messages()
        office.call(2)

        office.check("2026-11-20 11:00")

        (after,) = office.messages()
        blocks, blocks_before = after["text"].split("\n\n"), before["text"].split("\n\n")
        assert blocks[0] == f"Ждут звонка: 2{SPACE}ремонта"
        assert blocks[3] == f"B-2 · №{SPACE}2\nСнято с обзвона, замечено 20{SPACE}ноября, 11:00"
        assert [blocks[n] for n in (1, 2, 4)] == [blocks_before[n] for n in (1, 2, 4)]
        assert NAME in blocks[2]
        assert after["buttons"] == before["buttons"]

    def test_what_was_not_sent_yet_is_withdrawn(self, office: Office) -> None:
        office.repair(1, 2)
        office.format("2026-11-20 10:00")
        office.call(1)

        formatted = office.check("2026-11-20 11:00")

        assert (formatted["withdrawn"], formatted["edited"]) == (1, 0)
        assert office.titles() == ["Перезвонить клиенту · B-2"]
        assert office.desk.states() == {
            "missed_calls/2026-11-20/repair:1/missed_calls/1": "expired",
            "missed_calls/2026-11-20/repair:2/missed_calls/1": "sent",
        }

    @pytest.mark.parametrize("is_notifying", [True, False])
    def test_what_was_withdrawn_is_told_after_all_when_the_customer_waits_again(
        self, office: Office, *, is_notifying: bool
    ) -> None:
        office.set_variable({"digest_above": 1})
        office.repair(1, 2, 3)
        office.format("2026-11-20 10:00")
        office.call(1, 2, 3)
        office.format("2026-11-20 11:00", is_notifying=False)
        assert set(office.desk.states().values()) == {"expired"}
        for repair_id in (1, 3):
            office.update(repair_id, "needs_callback = true")
        office.repair(4)

        assert office.tell("2026-11-20 12:00", is_notifying=is_notifying)["notified"] == 2

        told = [f"Перезвонить клиенту · B-{n}" for n in (1, 3)]
        assert office.titles() == ([told[0], f"Ещё ждут звонка: 2{SPACE}ремонта"] if is_notifying else told)
        assert not any(message["edits"] for message in office.messages())
        assert office.tell("2026-11-20 13:00", is_notifying=is_notifying)["notified"] == 0

    def test_an_edit_that_was_lost_on_two_days_is_made_on_the_third(self, office: Office) -> None:
        office.repair(1)
        office.tell("2026-11-18 10:00")
        office.call(1)
        for at in ("2026-11-18 18:00", "2026-11-19 18:00"):
            assert office.format(at, is_notifying=False)["edited"] == 1
            with psycopg.connect(office.desk.conninfo) as connection:
                connection.execute("update notifications.messages set expires_at = clock_timestamp()")
            assert office.deliver(f"missed_calls/{at[:10]}") == {"sent": 1}
        assert office.titles() == ["Перезвонить клиенту · B-1"]

        assert office.check("2026-11-20 11:00")["edited"] == 1

        assert office.titles() == [f"Снято с обзвона, замечено 20{SPACE}ноября, 11:00"]
        assert office.check("2026-11-23 11:00")["edited"] == 0

    def test_an_unsent_digest_is_sent_with_who_still_waits_and_withdrawn_when_nobody_does(self, office: Office) -> None:
        office.set_variable({"digest_above": 0})
        office.repair(*range(1, 13))
        office.format("2026-11-20 10:00")
        office.call(1, 11, 12)

        formatted = office.check("2026-11-20 11:00")

        assert (formatted["withdrawn"], formatted["renewed"]) == (1, 1)
        assert office.titles() == [f"Ждут звонка: 9{SPACE}ремонтов"]

    def test_a_click_taken_back_is_taken_back_in_todays_message(self, office: Office) -> None:
        office.repair(1)
        office.tell("2026-11-19 10:00")
        office.tell("2026-11-20 10:00")
        office.call(1)
        office.check("2026-11-20 11:00")
        office.update(1, "needs_callback = true")

        office.check("2026-11-20 12:00")

        assert office.titles() == [f"Снято с обзвона, замечено 20{SPACE}ноября, 11:00", "Перезвонить клиенту · B-1"]
        office.tell("2026-11-20 13:00")
        assert len(office.messages()) == 2

    def test_a_repair_flagged_again_on_another_day_begins_anew(self, office: Office) -> None:
        office.repair(1)
        office.tell("2026-11-18 10:00")
        office.tell("2026-11-19 10:00")
        office.call(1)
        office.check("2026-11-19 11:00")
        office.update(1, "needs_callback = true, status_changed_at = '2026-11-20T06:00:00Z'")

        office.tell("2026-11-20 10:00")

        assert office.messages()[-1]["text"].endswith("\n\nЖдёт звонка с сегодняшнего дня")
        assert office.titles()[:2] == [f"Снято с обзвона, замечено 19{SPACE}ноября, 11:00"] * 2

    def test_the_check_tells_nothing_new(self, office: Office) -> None:
        office.repair(1)
        assert office.check("2026-11-20 11:00")["notified"] == 0
        assert office.messages() == []

    def test_the_run_that_tells_writes_nothing_that_the_check_beside_it_knows_better(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        office.set_variable({"digest_above": 0})
        office.repair(1, 2, 3)
        office.tell("2026-11-19 10:00")
        office.call(3)
        read_cards = tasks._read_cards
        with ThreadPoolExecutor() as beside:
            checks: list[Future[Any]] = []

            def read_and_look_away(*asked: Any) -> Any:
                cards = read_cards(*asked)
                if not checks:
                    office.call(1)
                    checks.append(beside.submit(office.format, "2026-11-20 11:00", is_notifying=False))
                    wait(checks, timeout=1)
                return cards

            monkeypatch.setattr(tasks, "_read_cards", read_and_look_away)
            office.tell("2026-11-20 11:00")
            checked = checks[0].result()
        office.deliver(checked["batch"])

        (digest, new) = office.messages()
        assert digest["text"].count("Снято с обзвона") == 2
        assert "B-1 · № 1\nСнято с обзвона" in digest["text"]
        assert "B-2" in new["text"]


class TestAViewThatIsEmpty:
    """Nobody waits by the CRM while the chat is full: believed when it is seen twice."""

    def test_changes_nothing_at_first_sight_and_everything_at_the_second(self, office: Office) -> None:
        office.repair(1, 2, 3)
        office.tell("2026-11-19 10:00")
        before = office.messages()
        office.call(1, 2, 3)

        first = office.format("2026-11-20 10:00")

        assert first["withheld"].startswith(
            "the CRM shows nobody who waits for a call, while by the chat 3 repairs wait: nothing was changed"
        )
        at_once = office.format("2026-11-20 10:01", is_notifying=False)
        assert at_once["withheld"] == first["withheld"]
        assert office.messages() == before
        previews = office.desk.rows(
            "select html from notifications.messages where state = 'preview' and run_id = 'run_1'"
        )
        assert len(previews) == 3
        assert all("Снято с обзвона" in preview["html"] for preview in previews)
        self.let_an_hour_pass(office)
        assert office.check("2026-11-20 11:00")["edited"] == 3
        assert all(title.startswith("Снято с обзвона") for title in office.titles())
        assert office.check("2026-11-20 12:00")["edited"] == 0
        assert office.desk.rows("select 1 from notifications.sightings") == []

    def test_is_forgotten_when_somebody_waits_again(self, office: Office) -> None:
        office.repair(1, 2, 3)
        office.tell("2026-11-20 10:00")
        for hour in (11, 13):
            office.call(1, 2, 3)
            assert office.format(f"2026-11-20 {hour}:00", is_notifying=False)["withheld"].startswith(
                "the CRM shows nobody"
            )
            self.let_an_hour_pass(office)
            for repair_id in (1, 2, 3):
                office.update(repair_id, "needs_callback = true")
            assert office.check(f"2026-11-20 {hour + 1}:00")["edited"] == 0
        assert not any(message["edits"] for message in office.messages())

    def test_two_who_were_called_are_believed_at_once(self, office: Office) -> None:
        office.repair(1, 2)
        office.tell("2026-11-20 10:00")
        office.call(1, 2)
        assert office.check("2026-11-20 11:00")["edited"] == 2

    @staticmethod
    def let_an_hour_pass(office: Office) -> None:
        with psycopg.connect(office.desk.conninfo) as connection:
            connection.execute("update notifications.sightings set first_seen_at = first_seen_at - interval '1 hour'")


class TestWhatIsNotTold:
    """Other days, previews, and what may be read outside the ledger."""

    @pytest.mark.parametrize("run_type", [DagRunType.SCHEDULED, DagRunType.BACKFILL_JOB, DagRunType.MANUAL])
    def test_a_run_of_another_day_is_skipped_with_the_reason(self, office: Office, run_type: DagRunType) -> None:
        office.set_now(datetime(2026, 11, 20, 0, 30, tzinfo=MOSCOW))
        tick_at = datetime(2026, 11, 19, 20, 59, tzinfo=UTC)
        with pytest.raises(AirflowSkipException, match=r"about 2026-11-19 and today is 2026-11-20.*only who waits"):
            tasks.choose_day(a_run(tick_at, run_type))
        assert tasks.choose_day(a_run(datetime(2026, 11, 19, 21, tzinfo=UTC)))["day"] == "2026-11-20"

    def test_a_list_that_was_asked_for_yesterday_is_not_told_today(self, office: Office) -> None:
        office.repair(1)
        now = datetime(2026, 11, 20, 10, tzinfo=MOSCOW)
        office.set_now(now)
        rows = [{"repair_id": 1, "branch_id": 7, "waiting_since": None}]
        with pytest.raises(AirflowSkipException):
            tasks.format_messages("2026-11-19", rows, CARDS_SQL, a_run(now), is_notifying=True)

    def test_a_run_by_hand_on_a_day_off_tells_today(self, office: Office) -> None:
        office.repair(1)
        office.tell("2026-11-22 12:00")
        assert office.desk.states() == {"missed_calls/2026-11-22/repair:1/missed_calls/1": "sent"}

    def test_a_preview_shows_news_and_changes_and_does_nothing(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        office.repair(1)
        office.tell("2026-11-18 10:00")
        office.tell("2026-11-19 10:00")
        office.call(1)
        office.repair(2)
        before = office.messages()
        where = {"conn_type": "telegram", "host": "-1007", "password": "42:TEST", "extra": {"message_thread_id": 5}}
        monkeypatch.setenv("AIRFLOW_CONN_TELEGRAM_DEFAULT", json.dumps(where))
        with psycopg.connect(office.desk.conninfo) as connection:
            connection.execute("insert into notifications.chat_titles values ('-1007', 'Незвонки')")

        formatted = office.format("2026-11-20 10:00", preview=True)

        assert formatted["batch"] in formatted["withheld"]
        assert formatted["withheld"].endswith(
            ". A real run: would send 1 to «Незвонки», topic 5; would change 2 in «Незвонки», topic 5"
        )
        assert formatted["previewed"] == 3
        previews = office.desk.rows("select subject, html from notifications.messages where state = 'preview'")
        subjects = {row["subject"] for row in previews}
        assert subjects == {"repair:2", "2026-11-18/repair:1", "2026-11-19/repair:1"}
        assert office.messages() == before
        formatted = office.tell("2026-11-20 10:05")
        assert (formatted["notified"], formatted["edited"]) == (1, 2)

    def test_a_preview_of_nothing_says_so(self, office: Office) -> None:
        office.repair(1)
        office.tell("2026-11-20 10:00")
        formatted = office.format("2026-11-20 10:05", preview=True)
        assert formatted["withheld"] == ("preview: nothing new; 1 already in the chat")

    def test_messages_are_not_sent_after_the_day(self, office: Office) -> None:
        office.repair(1)
        office.format("2026-11-20 23:00")
        (row,) = office.desk.rows("select expires_at - stored_at as kept from notifications.messages")
        assert row["kept"].total_seconds() == pytest.approx(3600, abs=5)

    def test_names_and_phones_are_in_no_result_and_no_log(
        self, office: Office, caplog: pytest.LogCaptureFixture
    ) -> None:
        office.repair(*range(1, 25))
        with caplog.at_level("DEBUG"):
            told = office.tell("2026-11-20 10:00")
            office.call(1, 22)
            checked = office.check("2026-11-20 11:00")
        figures = office.desk.rows("select figures, label, subject from notifications.messages")
        public = json.dumps([told, checked, figures], ensure_ascii=False) + caplog.text
        assert "B-22" in public
        for secret in (NAME, PHONE, "900 000-12-34", "79000001234"):
            assert secret not in public

    def test_an_unreachable_crm_is_one_sentence_without_values_and_worth_a_retry(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        office.repair(1)
        nowhere = {"conn_type": "postgres", "host": "127.0.0.1", "port": 1, "schema": "crm"}
        monkeypatch.setenv("AIRFLOW_CONN_SANCRM_DB", json.dumps(nowhere))
        with pytest.raises(AirflowException, match=r"^the CRM's database \(connection sancrm_db\)") as raised:
            office.format("2026-11-20 10:00")
        assert not isinstance(raised.value, AirflowFailException)

    def test_an_unreachable_ledger_is_one_sentence_and_worth_a_retry(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(connections, "ledger_conninfo", lambda: "host=127.0.0.1 port=1 dbname=ledger")
        with pytest.raises(AirflowException, match=r"^the ledger's database"):
            office.format("2026-11-20 10:00")

    @pytest.mark.parametrize("unmaskable", ["8 (900) 000-12-34", "тел. 900.000"])
    def test_a_view_that_cannot_be_read_says_nothing_of_what_it_holds(
        self, office: Office, databases: Databases, monkeypatch: pytest.MonkeyPatch, unmaskable: str
    ) -> None:
        broken = databases.create(databases.template("reporting_tables", create_tables))
        monkeypatch.setenv("AIRFLOW_CONN_SANCRM_DB", connection_json(broken))
        office.crm = broken
        office.repair(1, customer_phone=unmaskable)
        with psycopg.connect(broken) as connection:
            connection.execute("alter table reporting.repairs rename to kept")
            connection.execute(
                "create view reporting.repairs as select kept.*, kept.customer_phone::bigint::text as phone from"
                " reporting.kept"
            )
            connection.execute("alter view reporting.repairs rename column customer_phone to typed")
            connection.execute("alter view reporting.repairs rename column phone to customer_phone")
        with pytest.raises(AirflowException, match=r"connection sancrm_db.*InvalidTextRepresentation.*22P02") as raised:
            office.format("2026-11-20 10:00")
        assert unmaskable not in "".join(traceback.format_exception(raised.value))

    def test_a_ledger_that_refuses_a_message_says_nothing_of_what_it_says(self, office: Office) -> None:
        office.repair(1)
        office.format("2026-11-19 10:00")
        with psycopg.connect(office.desk.conninfo) as connection:
            connection.execute("alter table notifications.messages add check (period < '2026-11-20')")
        with pytest.raises(AirflowException, match=r"connection notifications_db.*CheckViolation.*23514") as raised:
            office.format("2026-11-20 10:00")
        shown = "".join(traceback.format_exception(raised.value))
        assert NAME not in shown
        assert "000-12-34" not in shown

    def test_a_wrong_setting_stops_the_run_with_a_sentence(self, office: Office) -> None:
        office.set_variable({"missed_call_statuses": []})
        with pytest.raises(AirflowFailException, match="missed_call_statuses"):
            office.format("2026-11-20 10:00")


class TestACheckAfterTheChatIsGone:
    """What waits for a person is not brought up every hour."""

    def test_leaves_alone_what_was_parked_and_says_that_nothing_has_changed(self, office: Office) -> None:
        office.repair(1)
        office.desk.stand_in.kick(STAFF)
        told = office.format("2026-11-20 10:00")
        assert office.deliver(told["batch"]) == {"parked": 1}

        checked = office.format("2026-11-20 11:00", is_notifying=False)

        assert (checked["subjects"], checked["withheld"]) == ([], "nothing of what was told has changed")

    def test_still_brings_what_is_on_its_way(self, office: Office) -> None:
        office.repair(1)
        office.format("2026-11-20 10:00")

        checked = office.format("2026-11-20 11:00", is_notifying=False)

        assert (checked["subjects"], checked["withheld"]) == (["repair:1"], None)
        assert office.deliver(checked["batch"], checked["subjects"]) == {"sent": 1}


class TestCalledByHand:
    """The button «Позвонил», pressed in the chat of a bot that is listened to."""

    @pytest.fixture(autouse=True)
    def _listened_to(self, office: Office) -> None:
        office.listen()

    def test_a_waiting_repair_has_the_button(self, office: Office) -> None:
        office.repair(1)
        office.tell("2026-11-20 10:00")
        (message,) = office.messages()
        ((_, button),) = message["buttons"]
        assert button == {"text": "Позвонил", "callback_data": "called:1"}

    def test_the_check_keeps_the_mark_and_the_next_working_day_tells_again(self, office: Office) -> None:
        office.repair(1, 2)
        office.tell("2026-11-20 10:00")
        number = office.messages()[0]["message_id"]
        office.press(number, 1, "2026-11-20 10:20")
        for at in ("2026-11-20 11:00", "2026-11-20 12:00"):
            office.check(at)
        marked, other = office.messages()
        assert marked["text"].endswith(f"\n\n✓ позвонили: Кира, 20{SPACE}ноября, 10:20")
        assert [[one["text"] for one in row] for row in marked["buttons"]] == [["Открыть в CRM"]]
        assert "✓" not in other["text"]
        edits = [one for one in office.desk.stand_in.requests() if one["method"] == "editMessageText"]
        assert len(edits) == 1

        office.tell("2026-11-20 15:00")
        assert len(office.messages()) == 2
        office.tell("2026-11-23 10:00")
        again = office.messages()[2:]
        assert ["сообщаем 2-й" in message["text"].replace(SPACE, " ") for message in again] == [True, True]
        assert "✓" not in "".join(message["text"] for message in again)

    def test_a_call_before_ten_keeps_the_repair_off_todays_list(self, office: Office) -> None:
        office.repair(1)
        office.tell("2026-11-20 10:00")
        office.press(office.messages()[0]["message_id"], 1, "2026-11-23 09:30")
        assert office.tell("2026-11-23 10:00")["waiting"] == 0
        assert len(office.messages()) == 1
        assert "позвонили" in office.messages()[0]["text"]
        assert office.tell("2026-11-24 10:00")["waiting"] == 1

    def test_when_the_crm_agrees_the_message_says_so_and_who_called(self, office: Office) -> None:
        office.repair(1)
        office.tell("2026-11-20 10:00")
        office.press(office.messages()[0]["message_id"], 1, "2026-11-20 10:20")
        office.call(1)
        office.check("2026-11-20 11:00")
        (message,) = office.messages()
        assert message["text"].startswith("Снято с обзвона, замечено")
        assert "позвонили: Кира" in message["text"]
        assert NAME not in message["text"]

    def test_an_edit_that_waits_does_not_take_the_mark_away(self, office: Office) -> None:
        office.repair(1, 2, 3)
        office.set_variable({"digest_above": 0})
        office.tell("2026-11-20 10:00")
        (digest,) = office.messages()
        office.call(2)
        formatted = office.format("2026-11-20 11:00", is_notifying=False)
        office.press(digest["message_id"], 1, "2026-11-20 11:01")
        office.deliver(formatted["batch"], formatted["subjects"])
        (digest,) = office.messages()
        assert "✓ B-1, позвонили: Кира" in digest["text"].replace(SPACE, " ")
        buttons = [button for row in digest["buttons"] for button in row]
        assert [one["callback_data"] for one in buttons if "callback_data" in one] == ["called:3"]

    def test_an_answer_that_waits_does_not_bring_an_older_text_back(self, office: Office) -> None:
        office.repair(1, 2, 3)
        office.set_variable({"digest_above": 0})
        office.tell("2026-11-20 10:00")
        (digest,) = office.messages()
        response = office.press(digest["message_id"], 1, "2026-11-20 10:20")
        self.store(office, response)
        office.call(2)
        office.check("2026-11-20 11:00")
        found = office.desk.rows("select state, reason from notifications.messages where batch = 'client_bot/42'")
        assert found == [{"state": "sent", "reason": "a later edit has taken its place"}]
        assert "✓ B-1, позвонили: Кира" in office.messages()[0]["text"].replace(SPACE, " ")

    @staticmethod
    def store(office: Office, response: Response) -> None:
        """Store what the bot answers, as the listener does, and send nothing."""

        async def stored() -> None:
            (edit,) = response.edits
            connection = await databases.connect_async(office.desk.conninfo, databases.LEDGER)
            async with connection, connection.transaction():
                outgoing = Outgoing(str(edit.chat_id), edit.html or "", edits=edit.message_id)
                await store_answers(connection, Origin(42, None, None), "1", [outgoing])

        asyncio.run(stored())
