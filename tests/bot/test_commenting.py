"""What a client writes for the workshop: noted once, told to the right team, and never of somebody else's repair."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from sancrm_notifications.ledger.comments import copied
from tests.bot.crm import NOW, add_repair
from tests.bot.phone import OFFICE, TEAM, Bot, Person, later, notice, pressable, texts
from tests.bot.test_calling import edit
from tests.bot.test_coming import TOLD, tell

if TYPE_CHECKING:
    from sancrm_notifications.bot.response import Response

ASKED = "Когда <b>приехать</b>?"


@pytest.fixture
def anna(anna: Person) -> Person:
    """A client with one repair, bound."""
    anna.shares()
    return anna


@pytest.fixture
def boris(boris: Person) -> Person:
    """A client with two repairs in Tula and a rental in Kaluga, bound."""
    boris.shares()
    return boris


def noted(bot: Bot) -> list[dict[str, Any]]:
    """Return what the CRM reads."""
    return bot.rows("select kind, repair_id, branch_id, text from notifications.client_comments order by comment_id")


def for_staff(response: Response, chat_id: int = TEAM) -> str:
    """Return what is written into a team's chat."""
    return "\n".join(answer.html for answer in response.answers if answer.chat_id == chat_id).replace("\u00a0", " ")


def test_a_clients_words_go_to_the_team_of_the_only_repair_with_a_button_to_answer(bot: Bot, anna: Person) -> None:
    response = anna.says(ASKED)
    assert "Передал мастерской. Ответ придёт сюда." in texts(response)
    (told,) = [answer for answer in response.answers if answer.chat_id == TEAM]
    assert for_staff(response) == (
        "<b>Клиент пишет о заказе A-12841</b>\nШуруповёрт Makita DF333D\n"
        "<blockquote>Когда &lt;b&gt;приехать&lt;/b&gt;?</blockquote>"
    )
    assert pressable(told) == ["answer:1"]
    assert told.figures == {"comment_id": 1}
    assert noted(bot) == [{"kind": "comment", "repair_id": 12841, "branch_id": 7, "text": ASKED}]


def test_where_the_team_has_no_chat_the_common_one_hears(bot: Bot, anna: Person) -> None:
    bot.change("update reporting.repairs set branch_id = 8 where repair_id = 12841")
    assert "A-12841" in for_staff(anna.says(ASKED), OFFICE)


def test_at_night_it_is_said_when_somebody_answers(bot: Bot, anna: Person) -> None:
    bot.now = later(hours=13)
    assert "ответят с 9:00" in texts(anna.says(ASKED))


def test_of_several_branches_the_client_is_asked_and_only_an_own_repair_counts(bot: Bot, boris: Person) -> None:
    bot.change(
        "update reporting.repairs set branch_id = 8, closed_at = null, status_group = 'ready' where repair_id = 12843"
    )
    asked = boris.says(ASKED)
    (answer,) = asked.answers
    assert "О каком ремонте речь?" in texts(asked)
    assert sorted(pressable(answer)) == ["c:1:12842", "c:1:12843"]
    assert noted(bot) == [{"kind": "comment", "repair_id": None, "branch_id": None, "text": ASKED}]

    assert "среди ваших нет" in notice(boris.presses("c:1:12841"))
    for made_up in ("c:1", "c:x:12843", "c:1:12843:1", "c:99999999999999999999:1", "c:²:12843"):
        assert notice(boris.presses(made_up))
    assert noted(bot)[0]["repair_id"] is None

    assert "Клиент пишет о заказе A-12843" in for_staff(boris.presses("c:1:12843"), OFFICE)
    assert noted(bot) == [{"kind": "comment", "repair_id": 12843, "branch_id": 8, "text": ASKED}]
    assert "не действует" in notice(boris.presses("c:1:12842"))


def test_another_persons_comment_cannot_be_given_a_repair(bot: Bot, anna: Person, boris: Person) -> None:
    bot.change(
        "update reporting.repairs set branch_id = 8, closed_at = null, status_group = 'ready' where repair_id = 12843"
    )
    boris.says(ASKED)
    assert "не действует" in notice(anna.presses("c:1:12841"))
    assert noted(bot)[0]["repair_id"] is None


def test_of_several_at_one_branch_the_team_is_told_of_all(bot: Bot, boris: Person) -> None:
    bot.change("update reporting.repairs set closed_at = null, status_group = 'ready' where repair_id = 12843")
    bot.change("update reporting.rentals set completed_at = now()")
    told = for_staff(boris.says(ASKED))
    assert told.startswith("<b>Клиент пишет, его заказы: ")
    assert "A-12842" in told
    assert "A-12843" in told
    assert noted(bot) == [{"kind": "comment", "repair_id": None, "branch_id": 7, "text": ASKED}]


def test_a_reply_to_a_message_about_a_repair_is_about_that_repair(bot: Bot, boris: Person) -> None:
    tell(bot, boris, 12842)
    replied = {**boris.message(text="…"), "message_id": TOLD, "from": {"id": 1, "is_bot": True, "first_name": "B"}}
    assert "A-12842" in for_staff(boris.says(ASKED, reply_to_message=replied))
    assert noted(bot)[0]["repair_id"] == 12842


@pytest.mark.parametrize("words", ["Перезвоните мне", "перезвоните!", "Позвоните мне"])
def test_who_wants_to_be_called_is_named_with_the_own_number_and_once_an_hour(
    bot: Bot, anna: Person, words: str
) -> None:
    response = anna.says(words)
    assert "вам перезвонят" in texts(response)
    told = for_staff(response)
    assert told.startswith("<b>Клиент просит перезвонить: A-12841</b>\nШуруповёрт Makita DF333D\n+7 912 345-67-89")
    again = anna.says(words)
    assert for_staff(again) == ""
    assert "Уже передал" in texts(again)
    assert [row["kind"] for row in noted(bot)] == ["callback"]

    bot.change("update notifications.comments set written_at = now() - interval '61 minutes'", is_crm=False)
    assert for_staff(anna.says(words))


def test_the_button_under_a_message_does_the_same_and_goes(bot: Bot, anna: Person) -> None:
    tell(bot, anna, 12841)
    response = bot.receive(anna.press("call_me:12841", TOLD))
    assert "вам перезвонят" in notice(response)
    assert "Клиент просит перезвонить: A-12841" in for_staff(response)
    assert edit(response) == ("<b>Ремонт A-12841 готов</b>\n\n✓ Вы попросили перезвонить", ["coming:12841"])
    assert for_staff(bot.receive(anna.press("call_me:12841", TOLD))) == ""
    assert len(noted(bot)) == 1


def test_under_no_message_of_ours_or_of_a_repair_that_is_no_longer_theirs_nothing_follows(
    bot: Bot, anna: Person, boris: Person
) -> None:
    tell(bot, anna, 12841)
    assert "не действует" in notice(bot.receive(boris.press("call_me:12841", TOLD)))
    assert "не действует" in notice(bot.receive(anna.press("call_me:12842", TOLD)))
    bot.change("update reporting.repairs set customer_id = 2 where repair_id = 12841")
    assert "среди ваших нет" in notice(bot.receive(anna.press("call_me:12841", TOLD)))
    assert noted(bot) == []


def test_whoever_has_nothing_or_is_not_bound_is_helped_on_and_nobody_is_told(bot: Bot) -> None:
    vera, stranger = Person(bot, 103, "Вера", "79000000003"), Person(bot, 104)
    vera.shares()
    for person in (vera, stranger):
        response = person.says("Сколько стоит ремонт пилы?")
        assert {answer.chat_id for answer in response.answers} == {person.user_id}
        assert "мастерская поможет" in texts(response)
    assert noted(bot) == []


def test_an_edited_message_is_not_told_again(bot: Bot, anna: Person) -> None:
    anna.says(ASKED)
    response = bot.receive(anna.update("edited_message", **anna.message(text="Когда забрать пилу?", edit_date=1)))
    assert for_staff(response) == ""
    assert len(noted(bot)) == 1


def test_delete_forgets_what_was_written_and_the_crm_still_sees_that_it_was(bot: Bot, anna: Person) -> None:
    anna.says(ASKED)
    anna.presses("delete:yes")
    assert noted(bot) == [{"kind": "comment", "repair_id": 12841, "branch_id": 7, "text": None}]


def test_what_the_crm_copies_back_is_known(bot: Bot, anna: Person) -> None:
    anna.says("  Буду завтра ")
    keys = [(number, NOW) for number in range(4)]
    with psycopg.connect(bot.ledger) as ledger:
        found = copied(
            ledger,
            {
                keys[0]: (12841, "Буду завтра\n"),
                keys[1]: (12842, "Буду завтра"),
                keys[2]: (12841, "Буду"),
            },
        )
        assert found == {keys[0]}
        ledger.execute("update notifications.comments set written_at = now() - interval '8 days'")
        assert copied(ledger, {keys[3]: (12841, "Буду завтра")}) == set()


def test_a_team_hears_of_a_repair_of_a_binding_by_a_link_without_a_number(bot: Bot, anna: Person) -> None:
    with psycopg.connect(bot.crm) as crm:
        add_repair(crm, 1, 1, branch_id=7, status_group="closed_success", closed_at=NOW)
    assert "A-12841" in for_staff(anna.says(ASKED))
