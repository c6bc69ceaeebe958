"""What is said of bots and chats: each fault by its line, and nothing that anybody sees in a chat."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sancrm_notifications.checks import bot_api
from sancrm_notifications.checks.chats import chat_lines
from tests.checks.conftest import PERSON, STAFF, TOKEN, Site, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.telegram_stand_in import StandIn
    from sancrm_notifications.channels.telegram.hook import BotHook
    from sancrm_notifications.checks.line import Line
    from sancrm_notifications.checks.places import Place

FORUM = -1_000_000_000_555
CHANNEL = -1_000_000_000_777
ALL = "serves staff, reports, missed_calls, backups, operators"
SET_IN = "the chat is set in the Airflow connection telegram_default"


def server(site: Site) -> str:
    return site.stand_in.url.removeprefix("http://")


def test_a_bot_that_may_write_is_in_order_and_nobody_saw_anything(site: Site) -> None:
    assert [text(line) for line in site.lines("telegram")] == [
        f"ok bot 42: @stand_in_42_bot: {server(site)} accepts the token",
        f"ok rich messages on {server(site)}: known",
        f"ok chat {STAFF}: «Штаб»: the bot may write; {ALL}",
    ]
    assert site.stand_in.messages() == []


def test_a_revoked_token_is_named_with_where_the_new_one_belongs(site: Site) -> None:
    site.stand_in.revoke_token(TOKEN)
    assert site.faults("telegram") == [
        (
            f"FAIL bot 42: {server(site)} refuses the token: Unauthorized → put the token that @BotFather shows into"
            " the field Password of the Airflow connection telegram_default"
        ),
        f"note chat {STAFF}: not looked at: its bot cannot be used",
    ]


def test_a_server_that_is_not_there_is_named(site: Site) -> None:
    site.telegram(extra={"base_url": "http://127.0.0.1:9/bot"})
    assert site.faults("telegram") == [
        (
            "FAIL bot 42: 127.0.0.1:9 does not answer: ConnectError: the server could not be reached"
            " → look at the network, and at base_url and proxy in the Extra of the Telegram connection"
        ),
        f"note chat {STAFF}: not looked at: its bot cannot be used",
    ]


def test_an_older_server_is_no_fault(site: Site) -> None:
    site.stand_in.set_bot_api_version("10.0")
    assert site.faults("telegram") == [
        (
            f"note rich messages on {server(site)}: not known: reports go as plain HTML"
            " → for native tables run a Bot API server of 10.1 or later"
        )
    ]
    site.variable(rich="off")
    assert site.faults("telegram") == []


@pytest.mark.parametrize(
    ("chat_id", "spoil", "said"),
    [
        (
            -1999,
            lambda _: None,
            (
                "Bad Request: chat not found; {all} → the chat does not exist for this bot: check the chat id and add"
                " the bot to the chat; {set_in}"
            ),
        ),
        (
            STAFF,
            lambda chat: chat.kick(STAFF),
            "Forbidden: bot was kicked from the group chat; {all} → add the bot to the chat again; {set_in}",
        ),
        (
            STAFF,
            lambda chat: chat.set_status(STAFF, "left"),
            "«Штаб»: the bot is not in the chat; {all} → add the bot to the chat",
        ),
        (
            STAFF,
            lambda chat: chat.restrict(STAFF),
            "«Штаб»: the bot is restricted and may not send messages; {all} → let the bot send messages in this chat",
        ),
        (
            STAFF,
            lambda chat: chat.let_members_write(STAFF, allowed=False),
            (
                "«Штаб»: only administrators may send messages; {all} → let members send messages, or make the bot an"
                " administrator"
            ),
        ),
        (
            CHANNEL,
            lambda chat: chat.create_chat(CHANNEL, "Канал", "channel"),
            "«Канал»: the bot may not post; {all} → make the bot an administrator of the channel who may post messages",
        ),
        (
            PERSON,
            lambda chat: chat.block(PERSON),
            "Forbidden: bot was blocked by the user; {all} → the person blocked the bot; {set_in}",
        ),
    ],
)
def test_a_chat_the_bot_may_not_write_in_is_named_with_what_to_do(
    site: Site, chat_id: int, spoil: Callable[[StandIn], object], said: str
) -> None:
    spoil(site.stand_in)
    site.telegram(host=chat_id)
    assert site.faults("telegram") == [f"FAIL chat {chat_id}: {said.format(all=ALL, set_in=SET_IN)}"]


def test_an_administrator_may_write_where_members_may_not(site: Site) -> None:
    site.stand_in.let_members_write(STAFF, allowed=False)
    site.stand_in.create_chat(CHANNEL, "Канал", "channel")
    for chat_id in (STAFF, CHANNEL):
        site.stand_in.set_status(chat_id, "administrator")
    site.telegram("telegram_reports", host=CHANNEL)
    assert site.faults("telegram") == []


def test_a_persons_name_is_not_said(site: Site) -> None:
    site.telegram(host=PERSON)
    assert text(site.lines("telegram")[-1]) == f"ok chat {PERSON}: private chat: the bot may write; {ALL}"


def test_a_topic_is_looked_for_and_a_closed_one_cannot_be_known(site: Site) -> None:
    site.stand_in.create_chat(FORUM, "Форум", topics={5: "Отчёты"})
    site.telegram(host=FORUM, extra={"message_thread_id": 5})
    there = f"ok chat {FORUM}, topic 5: «Форум»: the bot may write, the topic is there; {ALL}"
    assert text(site.lines("telegram")[-1]) == there
    site.stand_in.close_topic(FORUM, 5)
    assert text(site.lines("telegram")[-1]) == there
    site.stand_in.delete_topic(FORUM, 5)
    assert site.faults("telegram") == [
        (
            f"FAIL chat {FORUM}, topic 5: Bad Request: message thread not found; {ALL}"
            f" → the topic is gone: check message_thread_id; {SET_IN}"
        )
    ]
    assert site.stand_in.messages() == []


def test_a_group_that_became_a_supergroup_says_its_new_id_and_is_looked_at(site: Site) -> None:
    new_id = site.stand_in.migrate(STAFF)
    note = (
        f"note chat {STAFF}: the group became the supergroup {new_id}; messages follow it → put {new_id} as the chat's"
    )
    assert [text(line) for line in site.lines("telegram")[2:]] == [
        f"{note} id into the Airflow connection telegram_default",
        f"ok chat {new_id}: «Штаб»: the bot may write; {ALL}",
    ]
    site.stand_in.restrict(new_id)
    assert [line.split(":")[0] for line in site.faults("telegram")] == [f"note chat {STAFF}", f"FAIL chat {new_id}"]


def test_every_chat_is_looked_at_once_with_all_it_serves(site: Site) -> None:
    site.stand_in.add_token("43:OTHER")
    site.stand_in.create_chat(-1002, "Отчёты")
    site.stand_in.create_chat(-1003, "Операторы")
    site.telegram("telegram_reports", host=-1002)
    site.telegram("telegram_operators", host=-1003, password="43:OTHER")
    site.stand_in.create_chat(-1004, "Мастера")
    site.variable(
        branch_chats={"7": {"chat_id": "-1002"}, "8": {"chat_id": "-1999"}},
        team_chats={"7": {"chat_id": "-1004"}, "8": {"chat_id": "-1998"}, "9": {"chat_id": str(STAFF)}},
    )
    assert [(line.verdict, line.what, line.words.rpartition("; ")[2]) for line in site.lines("telegram")] == [
        ("ok", "bot 42", f"@stand_in_42_bot: {server(site)} accepts the token"),
        ("ok", f"rich messages on {server(site)}", "known"),
        ("ok", f"chat {STAFF}", "serves staff, missed_calls, backups, team:9"),
        ("ok", "chat -1002", "serves reports, branch:7"),
        ("FAIL", "chat -1999", "serves branch:8"),
        ("ok", "chat -1004", "serves team:7"),
        ("FAIL", "chat -1998", "serves team:8"),
        ("ok", "bot 43", f"@stand_in_43_bot: {server(site)} accepts the token"),
        ("ok", f"rich messages on {server(site)}", "known"),
        ("ok", "chat -1003", "serves operators"),
    ]
    for fault, kind in zip(site.faults("telegram"), ("branch", "team"), strict=True):
        assert f"the chat is set in {kind}_chats.8 of the Airflow Variable sancrm_notifications" in fault


def test_a_connection_without_token_is_one_line_for_all_it_serves(site: Site) -> None:
    site.telegram(password="")
    assert site.faults("telegram") == [
        (
            "FAIL destination staff, reports, missed_calls, backups, operators: Airflow connection telegram_default has"
            " no bot token in its field Password: it looks like 123456789:AAE… and comes from @BotFather"
        )
    ]


def test_a_wrong_variable_does_not_keep_the_chats_from_being_looked_at(site: Site) -> None:
    site.variable(sending="perhaps")
    assert site.faults("telegram") == []


def test_a_chat_that_telegram_is_silent_about_holds_up_no_other(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot_api, "_SECONDS", 1.0)
    site.stand_in.create_chat(-1002, "Отчёты")
    site.telegram("telegram_reports", host=-1002)
    site.stand_in.plan_fault("slow", method="getChat", chat_id=-1002, seconds=20)
    assert site.faults("telegram") == [
        "FAIL chat -1002: Telegram did not answer within 1 s → look at the network, then check again"
    ]


def test_an_answer_that_nobody_foresaw_is_one_chats_fault(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.stand_in.create_chat(-1002, "Отчёты")
    site.telegram("telegram_reports", host=-1002)

    async def broken(hook: BotHook, place: Place) -> list[Line]:
        if "reports" in place.destinations:
            raise TypeError("list indices must be integers")
        return await chat_lines(hook, place)

    monkeypatch.setattr(bot_api, "chat_lines", broken)
    (fault,) = site.faults("telegram")
    assert fault.startswith("FAIL chat -1002: could not be looked at: TypeError at test_bot_api.py:")
    assert "list indices" not in fault
