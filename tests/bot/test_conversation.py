"""A client's day with the bot, on a real ledger and a real CRM."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from sancrm_notifications.bot.messages import buttons
from sancrm_notifications.bot.response import CrmSilent, Response
from sancrm_notifications.ledger import invitations, samples
from tests.bot.phone import OFFICE, Bot, Person, later, notice, pressable, texts

if TYPE_CHECKING:
    from typing import Any


def bindings(bot: Bot) -> list[dict[str, Any]]:
    return bot.rows("select * from notifications.bindings order by binding_id")


class TestByContact:
    """Sharing the own number."""

    def test_a_stranger_is_greeted_and_learns_how_to_bind(self, anna):
        response = anna.says("/start")
        assert "Это бот сервисного центра «Инструмент-Сервис»" in texts(response)
        assert "«Поделиться номером»" in texts(response)
        assert 'href="https://example.org/status"' in texts(response)
        assert response.answers[0].reply_markup == buttons.ASK_FOR_NUMBER

    def test_the_own_number_opens_the_own_repair_and_asks_for_consent(self, anna, bot):
        response = anna.shares()
        words = texts(response)
        assert "Ремонт A-12841" in words
        assert "В ремонте." in words
        assert "К оплате: 3 450 ₽" in words
        assert "Срок: до пятницы, 27 ноября." in words
        assert "Синицына" not in words
        assert "Фамилия" not in words
        assert pressable(response.answers[-1]) == ["consent", "consent:no", "notme"]
        (binding,) = bindings(bot)
        assert (binding["proof"], binding["phone"], binding["consented_at"]) == ("contact", "79123456789", None)

    def test_consent_is_kept_with_time_and_version_and_is_not_asked_again(self, anna, bot):
        anna.shares()
        response = anna.presses("consent")
        assert "Спасибо!" in texts(response)
        assert response.edits[0].reply_markup == {"inline_keyboard": []}
        (binding,) = bindings(bot)
        assert binding["consented_at"] is not None
        assert binding["consent_version"] == "2026-11"
        assert len(anna.shares().answers) == 1

    def test_several_orders_are_a_list_with_a_button_each(self, boris):
        response = boris.shares()
        assert "У вас 3 заказа:" in texts(response)
        assert pressable(response.answers[1]) == ["r:12843:status", "r:12842:status", "t:512:status"]
        assert "Готов сегодня, можно забирать." in texts(boris.presses("r:12842:status"))
        assert "Гарантия до 14 мая." in texts(boris.presses("r:12843:status"))
        assert "Вернуть до пятницы, 27 ноября, к 17:30." in texts(boris.presses("t:512:terms"))
        assert "К оплате: 1 800 ₽" in texts(boris.presses("t:512:cost"))

    @pytest.mark.parametrize(
        "more",
        [
            {"contact": {"user_id": 999}},
            {"contact": {"user_id": None}},
            {
                "forward_origin": {
                    "type": "user",
                    "date": 1,
                    "sender_user": {"id": 1, "is_bot": False, "first_name": "I"},
                }
            },
        ],
    )
    def test_anothers_or_a_forwarded_contact_proves_nothing(self, anna, bot, more):
        assert "чужой контакт" in texts(anna.shares(**more))
        assert bindings(bot) == []

    def test_an_anonymous_number_proves_nothing(self, anna, bot):
        anna.number = "88812345678"
        assert "анонимный" in texts(anna.shares())
        assert bindings(bot) == []

    def test_a_number_of_another_country_is_found_as_it_was_typed(self, anna, bot):
        bot.change("insert into reporting.customer_phones values (1, '+375 (29) 123-45-67', true, '5291234567')")
        anna.number = "+375291234567"
        assert "Ремонт A-12841" in texts(anna.shares())

    def test_a_number_that_nobody_has_is_bound_and_shows_what_comes_later(self, anna, bot):
        anna.number = "79000000077"
        assert "Заказов с этим номером пока нет" in texts(anna.shares())
        bot.change("insert into reporting.customer_phones values (1, '8 900 000 00 77', true, '9000000077')")
        assert "Ремонт A-12841" in texts(anna.says("Статус"))

    def test_a_number_that_has_become_anothers_shows_nothing_any_more(self, anna, bot):
        anna.shares()
        bot.change("update reporting.customer_phones set is_current = false where customer_id = 1")
        assert "A-12841" not in texts(anna.says("/status"))
        assert anna.presses("r:12841:status") == Response(notice="Этого заказа среди ваших нет. Напишите «Статус».")

    def test_whoever_has_the_sim_card_now_has_the_binding(self, anna, bot):
        anna.shares()
        other = Person(bot, 202, "Олег", anna.number)
        assert "A-12841" in texts(other.shares())
        assert "A-12841" not in texts(anna.says("/status"))
        assert [(row["user_id"], row["end_reason"]) for row in bindings(bot)] == [(101, "superseded"), (202, None)]

    def test_an_account_that_has_changed_its_number_leaves_the_former_one(self, anna, bot):
        anna.shares()
        anna.number = "79000000003"
        anna.shares()
        assert "A-12841" not in texts(anna.says("/status"))
        assert [row["end_reason"] for row in bindings(bot)] == ["other_number", None]

    def test_after_a_year_the_number_is_asked_for_again(self, anna, bot):
        anna.shares()
        bot.change(f"update notifications.bindings set confirmed_at = '{later(days=-366)}'", is_crm=False)
        assert "Прошёл год" in texts(anna.says("Статус"))
        bot.change(f"update notifications.bindings set confirmed_at = '{later(days=-364)}'", is_crm=False)
        assert "Прошёл год" not in texts(anna.says("Статус"))


class TestSharedNumber:
    """A number that more than five customers have."""

    @pytest.fixture
    def guest(self, bot: Bot) -> Person:
        return Person(bot, 110, "Гость", "79000000010")

    def test_it_reveals_nothing_and_the_code_opens_one_customer(self, guest, bot):
        response = guest.shares()
        assert "A-10" not in texts(response)
        assert "номер вашего ремонта" in texts(response)
        assert len(response.answers) == 1
        assert "Спасибо, нашёл." in texts(guest.says("а 1012"))
        assert "Ремонт A-1012" in texts(guest.says("Статус"))
        assert [(row["proof"], row["customer_id"]) for row in bindings(bot)] == [("contact", None), ("code", 12)]

    def test_five_tries_a_day(self, guest, bot):
        guest.shares()
        # Another's repair, one that there is not, and none of the number's customers.
        said = [texts(guest.says(code)) for code in ("A-12841", "A-99999", "B-1012", "1", "99")]
        assert "Осталось 4 попытки" in said[0]
        assert "Осталась 1 попытка" in said[3]
        assert "попытки закончились" in said[4]
        assert "попытки закончились" in texts(guest.says("A-1012"))
        assert "попытки закончились" in texts(guest.says("/status"))
        assert len(bindings(bot)) == 1

    def test_deleting_everything_gives_no_more_tries(self, guest):
        guest.shares()
        for _ in range(5):
            guest.says("A-99999")
        guest.presses("delete:yes")
        assert "попытки закончились" in texts(guest.shares())

    def test_a_binding_whose_number_comes_to_have_many_customers_rests(self, anna, bot):
        anna.shares()
        bot.change(
            "insert into reporting.customer_phones"
            " select n, '89123456789', true, '9123456789' from generate_series(50, 54) as n"
        )
        assert "номер вашего ремонта" in texts(anna.says("Статус"))
        assert bot.rows("select state from notifications.client_bindings") == [{"state": "crowded"}]
        bot.change("delete from reporting.customer_phones where customer_id = 54")
        assert "A-12841" in texts(anna.says("Статус"))
        assert bot.rows("select state from notifications.client_bindings") == [{"state": "no_consent"}]


class TestByLink:
    """A link that was made for one customer."""

    @pytest.fixture
    def token(self, bot: Bot) -> str:
        return invitations.make(bot.ledger, 1, "office").token

    def test_it_asks_with_a_masked_name_and_binds_after_yes(self, bot, token):
        person = Person(bot, 300, "Кто-то", "70000000000")
        response = person.says(f"/start {token}")
        assert "С••• А••• П•••" in texts(response)
        assert "Синицына" not in texts(response)
        assert "A-12841" not in texts(response)
        assert bindings(bot) == []
        assert "Ремонт A-12841" in texts(person.presses("me:yes"))
        assert "уже подключены" in texts(person.says(f"/start {token}"))

    def test_no_token_is_kept(self, bot, token):
        assert token not in str(bot.rows("select * from notifications.invitations"))
        assert len(token) == 22

    def test_another_account_is_refused_and_the_office_sees_it(self, bot, token):
        first, second = Person(bot, 300), Person(bot, 301)
        first.says(f"/start {token}")
        first.presses("me:yes")
        assert "из другого аккаунта" in texts(second.says(f"/start {token}"))
        assert "A-12841" not in texts(second.says("Статус"))
        assert bot.rows("select refused_count from notifications.invitations") == [{"refused_count": 1}]

    def test_of_two_that_race_one_is_bound(self, bot, token):
        racers = [Person(bot, 300), Person(bot, 301)]
        for racer in racers:
            racer.says(f"/start {token}")
        answered = bot.receive_all(*(racer.press("me:yes") for racer in racers))
        assert sum("Ремонт A-12841" in texts(response) for response in answered) == 1
        assert sum("из другого аккаунта" in texts(response) for response in answered) == 1
        assert len(bindings(bot)) == 1

    def test_a_made_up_button_binds_nothing(self, bot, token):
        assert token
        stranger = Person(bot, 300)
        assert "уже не действует" in notice(stranger.presses("me:yes"))
        assert bindings(bot) == []

    def test_no_means_that_nobody_can_use_it(self, bot, token):
        stranger = Person(bot, 300)
        stranger.says(f"/start {token}")
        assert "Ссылка больше не действует" in texts(stranger.says("Нет"))
        assert "не действует" in texts(Person(bot, 301).says(f"/start {token}"))

    def test_a_sample_of_the_offices_is_shown_for_ten_minutes_and_binds_nobody(self, bot, anna):
        with psycopg.connect(bot.ledger) as ledger:
            samples.keep(ledger, "a-sample-of-22-letters", "<b>Готов</b> A-12841", "office")
        for person in (anna, Person(bot, 301)):
            (answer,) = person.says("/start a-sample-of-22-letters").answers
            assert (answer.html, answer.reply_markup) == ("<b>Готов</b> A-12841", None)
        assert bindings(bot) == []
        bot.change("update notifications.samples set expires_at = clock_timestamp()", is_crm=False)
        assert "не действует" in texts(anna.says("/start a-sample-of-22-letters"))

    def test_an_expired_one_leads_to_the_contact(self, bot, token):
        bot.change("update notifications.invitations set expires_at = now()", is_crm=False)
        response = Person(bot, 300).says(f"/start {token}")
        assert "Срок действия ссылки прошёл" in texts(response)
        assert response.answers[0].reply_markup == buttons.ASK_FOR_NUMBER

    def test_one_that_there_is_not_leads_to_the_contact(self, bot):
        assert "не действует" in texts(Person(bot, 300).says("/start aaaaaaaaaaaaaaaaaaaaaa"))


class TestLeaving:
    """/stop, /delete, «Это не я», /mydata, blocking."""

    @staticmethod
    def store_for(bot: Bot, *states: str) -> None:
        (row,) = bindings(bot)
        for number, state in enumerate(states):
            bot.change(
                "insert into notifications.messages (key, batch, notification, period, subject, destination, label,"
                " part, parts, html, silent, closes_batch, figures, unknown_policy, state, expires_at, chat_id)"
                f" values ('k{number}', 'b', 'client_statuses', 'p', 's', 'client:{row['binding_id']}', 'l', 1, 1,"
                f" 'Готов', false, false, '{{}}', 'hold', '{state}', now() + interval '1 day', '{row['user_id']}')",
                is_crm=False,
            )

    def test_stop_acts_at_once_and_start_resumes(self, anna, bot):
        anna.shares()
        anna.presses("consent")
        self.store_for(bot, "stored", "stored", "sent", "held")
        assert "первым больше не пишу" in texts(anna.says("/stop"))
        states = [row["state"] for row in bot.rows("select state from notifications.messages order by key")]
        assert states == ["not_wanted", "not_wanted", "sent", "not_wanted"]
        assert bot.rows("select state from notifications.client_bindings") == [{"state": "stopped"}]
        assert "A-12841" in texts(anna.says("Статус"))
        assert bot.rows("select state from notifications.client_bindings") == [{"state": "stopped"}]
        assert "Рады видеть вас снова" in texts(anna.says("/start"))
        assert bot.rows("select state from notifications.client_bindings") == [{"state": "active"}]

    def test_delete_leaves_a_row_without_phone_account_and_customer(self, anna, bot):
        anna.shares()
        self.store_for(bot, "stored", "sent")
        bot.change(
            "insert into notifications.inbox (bot_id, update_id, kind, state, chat_id, user_id, content)"
            " values (1, 1, 'message', 'handled', '101', 101, '{\"text\": \"79123456789\"}')",
            is_crm=False,
        )
        assert pressable(anna.says("/delete").answers[0]) == ["delete:yes", "delete:no"]
        assert "удалены" in texts(anna.presses("delete:yes"))
        (row,) = bindings(bot)
        assert (row["user_id"], row["phone"], row["customer_id"], row["end_reason"]) == (None, None, None, "deleted")
        assert bot.rows("select distinct html, chat_id from notifications.messages") == [
            {"html": None, "chat_id": None}
        ]
        everything = [
            bot.rows(f"select * from notifications.{name}") for name in ("dialogs", "invitations", "bindings")
        ]
        assert anna.number not in str(everything)
        assert str(anna.user_id) not in str(everything)
        assert "«Поделиться номером»" in texts(anna.says("/status"))

    def test_it_is_not_me_undoes_and_tells_the_office(self, anna, bot):
        anna.shares()
        assert pressable(anna.says("Это не я").answers[0]) == ["notme:yes", "delete:no"]
        response = anna.presses("notme:yes")
        assert [answer.chat_id for answer in response.answers] == [anna.user_id, OFFICE]
        assert "79123456789" not in texts(response)
        assert "A-12841" not in texts(anna.says("/status"))
        assert bindings(bot)[0]["end_reason"] == "not_me"

    def test_mydata_says_what_is_kept(self, anna):
        assert "ничего не хранится" in texts(anna.says("/mydata"))
        anna.shares()
        assert "номер телефона +7 912 345-67-89" in texts(anna.says("/mydata"))

    def test_whoever_blocks_the_bot_rests_until_start(self, anna, bot):
        anna.shares()
        self.store_for(bot, "stored")
        assert anna.blocks() == Response()
        assert bot.rows("select state from notifications.client_bindings") == [{"state": "blocked"}]
        assert bot.rows("select state from notifications.messages") == [{"state": "not_wanted"}]
        anna.blocks(is_blocking=False)
        anna.says("/start")
        assert bot.rows("select state from notifications.client_bindings") == [{"state": "no_consent"}]


class TestWords:
    """Commands and plain words, and everything that is neither."""

    @pytest.mark.parametrize("text", ["/status", "/status@SanCRM_test_bot", "Статус", "готово?", "Где мой ремонт?"])
    def test_the_same_in_many_words(self, anna, text):
        anna.shares()
        assert "Ремонт A-12841" in texts(anna.says(text))

    def test_a_number_of_the_own_repair_is_understood_and_anothers_is_not(self, anna):
        anna.shares()
        assert "Ремонт A-12841" in texts(anna.says("а-12841"))
        assert "Makita" not in texts(anna.says("A-12842"))

    def test_contacts_are_those_of_the_own_branch(self, anna):
        everybody = texts(anna.says("/contacts"))
        assert "Тула" in everybody
        assert "Калуга" in everybody
        anna.shares()
        own = texts(anna.says("Контакты"))
        assert "+7 487 230-00-07" in own
        assert "вход со двора" in own
        assert "Калуга" not in own

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            ({"text": "A-99999"}, "мастерская поможет"),
            ({"text": "/unknown"}, "Такой команды"),
            ({"voice": {"file_id": "v", "file_unique_id": "v", "duration": 3}}, "голосовые"),
            ({"photo": [{"file_id": "p", "file_unique_id": "p", "width": 1, "height": 1}]}, "фото"),
            (
                {
                    "sticker": {
                        "file_id": "s",
                        "file_unique_id": "s",
                        "type": "regular",
                        "width": 1,
                        "height": 1,
                        "is_animated": False,
                        "is_video": False,
                    }
                },
                "стикеры",
            ),
            ({"location": {"latitude": 54.2, "longitude": 37.6}}, "не приезжаю"),
            ({"dice": {"emoji": "🎲", "value": 1}}, "не справлюсь"),
        ],
    )
    def test_every_dead_end_has_a_way_on(self, anna, content, words):
        assert "«Поделиться номером»" in texts(anna.sends(**content))
        anna.shares()
        said = texts(anna.sends(**content))
        assert words in said
        assert "+7 487 230-00-07" in said
        assert "«Статус»" in said

    def test_at_night_it_says_when_the_phone_is_answered(self, anna, bot):
        anna.shares()
        bot.now = later(hours=12)
        assert "ответят с 9:00" in texts(anna.sends(dice={"emoji": "🎲", "value": 1}))

    def test_an_album_is_one_message(self, anna):
        photo = [{"file_id": "p", "file_unique_id": "p", "width": 1, "height": 1}]
        answered = [anna.sends(photo=photo, media_group_id="77") for _ in range(3)]
        assert [len(response.answers) for response in answered] == [1, 0, 0]

    def test_an_edited_message_is_read_anew(self, anna, bot):
        anna.shares()
        edited = anna.message(text="Статус", edit_date=1)
        assert "Ремонт A-12841" in texts(bot.receive(anna.update("edited_message", **edited)))
        edited = anna.message(text="сататус", edit_date=1)
        assert "исправили" in texts(bot.receive(anna.update("edited_message", **edited)))

    def test_bots_and_channels_are_not_answered(self, anna, bot):
        sender = {"id": 9, "is_bot": True, "first_name": "Бот"}
        assert anna.sends(**{"text": "/start", "from": sender}) == Response()
        post = {"message_id": 1, "date": 1, "chat": {"id": -100, "type": "channel", "title": "К"}, "text": "/start"}
        assert bot.receive({"update_id": 1, "channel_post": post}) == Response()

    def test_an_old_button_says_so(self, anna):
        assert "уже не действует" in notice(anna.presses("something"))


class TestCrm:
    """A CRM that is away, or shows less."""

    def test_one_that_is_away_is_said_so(self, anna, bot):
        anna.shares()
        bot.crm = "host=127.0.0.1 port=1 dbname=none"
        with pytest.raises(CrmSilent):
            anna.says("/status")

    def test_one_that_shows_no_clients_knows_nobody_and_fails_nowhere(self, anna, bot):
        anna.shares()
        bot.change("drop table reporting.customers, reporting.customer_phones")
        bot.change("alter table reporting.branches drop phone, drop address, drop opening_hours, drop time_zone")
        bot.change("alter table reporting.repairs drop customer_id, drop closed_at, drop status_group")
        bot.change("alter table reporting.rentals drop customer_id, drop due_at, drop tool, drop to_pay")
        assert "Заказов с этим номером пока нет" in texts(anna.says("/status"))
        assert "Тула" in texts(anna.says("/contacts"))

    def test_one_without_sums_and_days_says_less(self, anna, bot):
        bot.change("alter table reporting.repairs drop estimate, drop to_pay, drop due_at, drop warranty_until")
        assert "В ремонте." in texts(anna.shares())
        assert "Цену здесь не вижу" in texts(anna.says("/cost"))
        assert "Срок пока не назван" in texts(anna.says("/terms"))

    def test_without_the_digits_column_phones_are_found_all_the_same(self, anna, bot):
        bot.change("alter table reporting.customer_phones drop phone_digits")
        assert "Ремонт A-12841" in texts(anna.shares())
