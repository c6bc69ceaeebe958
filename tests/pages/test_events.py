"""The page on events: switches, quiet hours, texts with their versions and previews, and what is refused."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.rows import dict_row

from sancrm_notifications.pages.security import FORM_SECONDS, Forms
from tests.bot.crm import add_repair, fill
from tests.pages.test_decisions import hidden_fields

if TYPE_CHECKING:
    import httpx

    from tests.conftest import Databases
    from tests.pages.airflow_site import Site
    from tests.pages.conftest import Ledger

HOME = "/sancrm-notifications/events"
READY = f"{HOME}/client/ready"
TEXT = f"{READY}/text"
LINK = re.compile(r">https://t\.me/sancrm_bot\?start=([\w-]{22})<")
DAGS = ("client_statuses", "staff_events")


def fill_events(connection: psycopg.Connection[Any]) -> None:
    """Add what has happened: seven repairs became ready, one of them with a hostile name; a comment of each side."""
    fill(connection)
    now = datetime.now(UTC)
    for number in range(7):
        hostile = {"device_model": "<b>&", "code": "B-<7>"} if number == 6 else {}
        add_repair(connection, 500 + number, 1, status="Готов", status_group="ready", to_pay=100, **hostile)
        event(connection, 500 + number, now - timedelta(hours=number), "В работе" if number else "Подбор", "Готов")
    add_repair(connection, 600, 1, status="В работе", status_group="in_work")
    event(connection, 600, now, "Новый", "В работе")
    event(connection, 600, now, kind="comment", author="staff", comment="Деталь & <едет>", is_for_customer=True)
    event(connection, 600, now, kind="comment", author="staff", comment="Между нами")
    event(connection, 600, now, kind="comment", author="customer", comment="Когда забрать?")


def event(
    connection: psycopg.Connection[Any],
    repair_id: int,
    at: datetime,
    old_status: str | None = None,
    new_status: str | None = None,
    **more: Any,
) -> None:
    row = {
        "repair_id": repair_id, "kind": "status", "at": at, "old": old_status, "new": new_status, "author": "staff",
        "comment": None, "is_for_customer": False, **more,
    }  # fmt: skip
    connection.execute(
        "insert into reporting.repair_events (event_id, repair_id, kind, occurred_at, recorded_at, old_status,"
        " new_status, author, comment, is_for_customer) select count(*), %(repair_id)s, %(kind)s, %(at)s, %(at)s,"
        " %(old)s, %(new)s, %(author)s, %(comment)s, %(is_for_customer)s from reporting.repair_events",
        row,
    )


@pytest.fixture(scope="module")
def crm(databases: Databases) -> str:
    """Return a CRM that no test changes."""
    return databases.create(databases.template("events_page_crm", fill_events))


@pytest.fixture
def site(site: Site, crm: str, ledger: Ledger) -> Site:
    """Return Airflow with a bot that is listened for and a CRM that shows events."""
    site.connect_telegram()
    site.connect_crm(crm)
    site.change("update dag set is_paused = false")
    run(
        ledger,
        "insert into notifications.listeners (bot_id, number, instance, lease_until, username)"
        " values (42, 1, gen_random_uuid(), now(), 'sancrm_bot')",
    )
    return site


def run(ledger: Ledger, statement: str, **values: Any) -> list[dict[str, Any]]:
    """Run a statement in the ledger and return its rows."""
    with psycopg.connect(ledger.conninfo, row_factory=dict_row) as connection:
        cursor = connection.execute(statement.encode(), values)
        return cursor.fetchall() if cursor.description else []


def texts(ledger: Ledger) -> list[tuple[Any, ...]]:
    rows = run(ledger, "select * from notifications.texts order by text_id")
    return [(row["branch_id"], row["from_status"], row["to_status"], row["source"], row["written_by"]) for row in rows]


def switches(ledger: Ledger) -> list[tuple[Any, ...]]:
    rows = run(ledger, "select * from notifications.switches order by switch_id")
    return [(row["audience"], row["event"], row["branch_id"], row["is_on"], row["switched_by"]) for row in rows]


def text_form(site: Site, address: str = TEXT, user: str = "editor") -> dict[str, str]:
    """Return what the form of a text sends by itself."""
    page = site.get(address, user)
    assert page.status_code == 200, page.text
    form = re.search(r'<form class="panel".*?</form>', page.text, re.DOTALL)
    return hidden_fields(form[0] if form else "")


def send(site: Site, do: str, source: str = "", user: str = "editor", **more: str) -> httpx.Response:
    return site.post(TEXT, user, {**text_form(site), "do": do, "source": source, **more})


def switch_form(site: Site, event: str, address: str = HOME) -> dict[str, str]:
    """Return the form that switches an event."""
    page = site.get(address, "editor").text
    forms = re.findall(rf'<form class="one-button" action="{HOME}/switch".*?</form>', page, re.DOTALL)
    (found,) = [form for form in forms if f'name="event" value="{event}"' in form and 'value="client"' in form]
    return hidden_fields(found)


def field(page: str) -> str:
    """Return what stands in the field."""
    return unescape(re.findall(r"<textarea[^>]*>\n(.*?)</textarea>", page, re.DOTALL)[0])


def bubbles(page: str) -> list[tuple[str, str]]:
    """Return title and shown text of each preview, without its buttons."""
    found = re.findall(r"<h3>(.*?)</h3>\s*(.*?)(?:<div class=\"keyboard\">.*?)?</article>", page, re.DOTALL)
    return [(unescape(title), unescape(re.sub(r"<[^>]*>", "", shown)).strip()) for title, shown in found]


def plain(page: str) -> str:
    """Return a page whose blanks are all alike."""
    return page.replace("\N{NO-BREAK SPACE}", " ")


def test_what_has_no_switch_says_with_what_it_goes(site: Site):
    page = site.get(HOME, "viewer").text
    assert "включается вместе с «Готов»" in page
    assert "включается вместе с «Готов, но не забрали»" in page


def test_an_event_is_switched_for_the_network_and_otherwise_for_a_branch(site: Site, ledger: Ledger):
    assert switch_form(site, "ready")["is_on"] == "off"
    assert switch_form(site, "on_hold")["is_on"] == "on"
    answer = site.post(f"{HOME}/switch", "editor", switch_form(site, "ready"))
    assert (answer.status_code, answer.headers["location"]) == (303, HOME)
    assert switch_form(site, "ready")["is_on"] == "on"
    assert switch_form(site, "ready", f"{HOME}?branch=7")["is_on"] == "on"
    answer = site.post(f"{HOME}/switch", "editor", switch_form(site, "ready", f"{HOME}?branch=7"))
    assert answer.headers["location"] == f"{HOME}?branch=7"
    assert switch_form(site, "ready", f"{HOME}?branch=7")["is_on"] == "off"
    assert switch_form(site, "ready")["is_on"] == "on"
    assert switches(ledger) == [
        ("client", "ready", None, False, "editor"),
        ("client", "ready", 7, True, "editor"),
    ]
    assert "editor, " in site.get(f"{READY}?branch=7", "viewer").text


def test_who_switches_twice_switches_once_and_who_is_late_is_told(site: Site, ledger: Ledger):
    form = switch_form(site, "ready")
    other = switch_form(site, "ready")
    assert [site.post(f"{HOME}/switch", "editor", form).status_code for _ in range(2)] == [303, 303]
    by_another = {**form, "token": hidden_fields(site.get(HOME, "admin").text)["token"]}
    assert site.post(f"{HOME}/switch", "admin", by_another).status_code == 303
    assert len(switches(ledger)) == 1
    late = site.post(f"{HOME}/switch", "editor", {**other, "is_on": "on", "branch": "", "back": "1"})
    assert f'<a class="action" href="{READY}">Вернуться</a>' in late.text
    assert (late.status_code, "уже изменил кто-то другой" in late.text) == (409, True)
    assert len(switches(ledger)) == 1
    for wrong in ({"event": "several_ready"}, {"is_on": "maybe"}, {"branch": "x"}):
        assert site.post(f"{HOME}/switch", "editor", {**form, **wrong}).status_code == 400
    assert site.post(f"{HOME}/switch", "editor", {**form, "event": "sold"}).status_code == 404


def test_quiet_hours_are_said_for_all_events_and_for_one(site: Site, ledger: Ledger):
    page = site.get(HOME, "editor").text
    assert "С 22:00 до 09:00" in page
    form = {**hidden_fields(page), "event": "", "branch": "", "seen": "0"}
    wanted = {**form, "quiet_from": "21:30", "quiet_until": "08:00"}
    assert [site.post(f"{HOME}/quiet", "editor", wanted).status_code for _ in range(2)] == [303, 303]
    assert "С 21:30 до 08:00" in site.get(HOME, "viewer").text
    assert site.post(f"{HOME}/quiet", "editor", {**wanted, "quiet_until": "07:00"}).status_code == 409
    own = {**wanted, "event": "ready", "quiet_from": "10:00", "quiet_until": "10:00"}
    assert site.post(f"{HOME}/quiet", "editor", own).headers["location"] == READY
    assert "Тихих часов нет" in site.get(READY, "viewer").text
    assert "С 21:30 до 08:00" in site.get(f"{HOME}/client/refused", "viewer").text
    assert site.post(f"{HOME}/quiet", "editor", {**own, "quiet_from": "25:00"}).status_code == 400
    rows = run(ledger, "select event, quiet_from::text from notifications.switches order by switch_id")
    assert [(row["event"], row["quiet_from"]) for row in rows] == [(None, "21:30:00"), ("ready", "10:00:00")]


def test_reminders_come_after_so_many_days_as_the_office_says(site: Site, ledger: Ledger):
    address = f"{HOME}/client/pickup_reminder"
    page = site.get(f"{address}?branch=7", "editor").text
    assert "Через 3 рабочих дня после «Готов», потом снова через столько же, всего 2 раза." in plain(page)
    form = {**hidden_fields(page), "branch": "7", "seen": "0", "after_days": "5", "most": "1"}
    assert [site.post(f"{HOME}/reminders", "editor", form).status_code for _ in range(2)] == [303, 303]
    branch = plain(site.get(f"{address}?branch=7", "viewer").text)
    assert "Через 5 рабочих дней после «Готов», один раз." in branch
    assert "editor: напоминать через 5 рабочих дней, 1 раз" in branch
    assert "Через 3 рабочих дня" in plain(site.get(address, "viewer").text)
    assert site.post(f"{HOME}/reminders", "editor", {**form, "most": "2"}).status_code == 409
    for wrong in ({"most": "4"}, {"after_days": "0"}, {"after_days": "x"}):
        assert site.post(f"{HOME}/reminders", "editor", {**form, **wrong}).status_code == 400
    rows = run(ledger, "select branch_id, remind_after_days, most_reminders from notifications.switches")
    assert rows == [{"branch_id": 7, "remind_after_days": 5, "most_reminders": 1}]


def led_back(site: Site, answer: httpx.Response) -> str:
    """Follow the way back that a refusal shows, and return the page."""
    ((way),) = re.findall(r'<a class="action" href="([^"]*)">Вернуться</a>', answer.text)
    return site.get(unescape(way), "editor").text


def test_hours_and_days_that_are_refused_are_still_in_the_form_one_is_led_back_to(site: Site, ledger: Ledger):
    def post(path: str, **form: str) -> httpx.Response:
        token = hidden_fields(site.get(HOME, "editor").text)["token"]
        return site.post(f"{HOME}/{path}", "editor", {"token": token, "branch": "7", "seen": "0", **form})

    quiet = {"quiet_from": "20:15", "quiet_until": "08:45"}
    assert post("quiet", quiet_from="20:00", quiet_until="08:00").status_code == 303
    for event, text in (("", "С 20:00 до 08:00"), ("ready", "С 19:00 до 08:00")):
        if event:
            assert post("quiet", event=event, quiet_from="19:00", quiet_until="08:00").status_code == 303
        late = post("quiet", event=event, **quiet)
        assert (late.status_code, "уже изменил кто-то другой" in late.text) == (409, True)
        page = led_back(site, late)
        assert text in page
        assert '<option value="7" selected>' in page
        assert [f'value="{said}"' in page for said in quiet.values()] == [True, True]
    wrong = post("quiet", quiet_from="25:00", quiet_until="08:45")
    assert (wrong.status_code, 'value="08:45"' in led_back(site, wrong)) == (400, True)
    for days, most in (("61", "2"), ("0", "2"), ("5", "4"), ("x", "2"), ("", "1")):
        wrong = post("reminders", after_days=days, most=most)
        assert (wrong.status_code, "от 1 до 60, напоминаний от 1 до 3" in wrong.text) == (400, True)
        page = led_back(site, wrong)
        assert f'name="after_days" min="1" max="60" required value="{days or 3}"' in page
        assert f'name="most" min="1" max="3" required value="{most}"' in page
    gone = post("reminders", after_days="9", most="1", token="x")
    assert (gone.status_code, 'value="9"' in led_back(site, gone)) == (403, True)
    assert len(run(ledger, "select 1 from notifications.switches")) == 2


def test_a_text_is_saved_for_a_branch_and_a_transition_and_taken_back(site: Site, ledger: Ledger):
    assert "Возьмите с собой квитанцию" in site.get(TEXT, "editor").text
    address = f"{TEXT}?branch=7&from_status=Подбор&to_status=Готов"
    own = "{{ code }}\nготов & ждёт".replace("&", "&amp;")
    form = {**text_form(site, address), "do": "save", "source": own.replace("\n", "\r\n")}
    saved = site.post(TEXT, "editor", form)
    assert (saved.status_code, saved.headers["location"]) == (303, f"{READY}?branch=7")
    assert texts(ledger) == [(7, "Подбор", "Готов", own, "editor")]
    assert "ждёт" in site.get(f"{READY}?branch=7", "viewer").text
    assert "ждёт" not in site.get(READY, "viewer").text
    assert field(site.get(address, "editor").text) == own
    gone = site.post(TEXT, "editor", {**text_form(site, address), "do": "withdraw"})
    assert gone.status_code == 303
    assert texts(ledger)[1:] == [(7, "Подбор", "Готов", None, "editor")]
    assert "свой текст убран" in site.get(address, "viewer").text


REFUSALS = {
    "a\n{{ colour }}": "Строка 2: нет значения colour",
    "{{ code|upper }}": "Строка 1: фильтр",
    "{{ 'a' * 1000000000 }}": "Строка 1: вычисление",
    "<b>{{ code }}": "Строка 1: тег &lt;b&gt; не закрыт",
    "<script>alert(1)</script>": "тега &lt;script&gt; у Telegram нет",
    '<a href="javascript:alert(1)">x</a>': "не откроется",
    "": "ничего не остаётся",
    "я" * 4001: "длиннее 4\N{NO-BREAK SPACE}000 знаков",
    "{% if to_pay > 5 %}x{% endif %}": "to_pay не число",
}


def test_a_refusal_stands_at_the_field_and_loses_nothing(site: Site, ledger: Ledger):
    for source, words in REFUSALS.items():
        for do in ("save", "look", "send"):
            answer = send(site, do, source)
            assert answer.status_code == 400, source
            assert words in answer.text, source
            assert 'aria-invalid="true" aria-describedby="fault"' in answer.text
            assert field(answer.text) == source
            assert "<script" not in answer.text
    assert texts(ledger) == []


def test_who_saves_over_another_is_told_and_keeps_the_own_words(site: Site, ledger: Ledger):
    mine, theirs = text_form(site), text_form(site)
    assert site.post(TEXT, "editor", {**theirs, "do": "save", "source": "Их {{ code }}"}).status_code == 303
    late = site.post(TEXT, "editor", {**mine, "do": "save", "source": "Мой {{ code }}"})
    assert late.status_code == 409
    assert "изменил кто-то другой" in late.text
    assert "\nМой {{ code }}</textarea>" in late.text
    assert "<ins>Их {{ code }}</ins>" in late.text
    again = {**hidden_fields(late.text), "do": "save", "source": "Мой {{ code }}"}
    assert [site.post(TEXT, "editor", again).status_code for _ in range(2)] == [303, 303]
    assert [row[3] for row in texts(ledger)] == ["Их {{ code }}", "Мой {{ code }}"]


def test_what_was_only_looked_at_takes_no_version_of_another_for_seen(site: Site, ledger: Ledger):
    mine, theirs = text_form(site), text_form(site)
    assert site.post(TEXT, "editor", {**theirs, "do": "save", "source": "Их {{ code }}"}).status_code == 303
    for do, source in (("look", "Мой {{ code }}"), ("look", "Мой {{ кот }}"), ("send", "Мой {{ code }}")):
        shown = site.post(TEXT, "editor", {**mine, "do": do, "source": source})
        form = re.search(r'<form class="panel".*?</form>', shown.text, re.DOTALL)
        mine = hidden_fields(form[0] if form else "")
    late = site.post(TEXT, "editor", {**mine, "do": "save", "source": "Мой {{ code }}"})
    assert (late.status_code, "изменил кто-то другой" in late.text) == (409, True)
    assert [row[3] for row in texts(ledger)] == ["Их {{ code }}"]


def test_who_writes_for_longer_than_an_hour_gets_the_words_back_in_a_new_form(
    site: Site, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
):
    form = {**text_form(site), "do": "save", "source": "Писал <b>долго</b>: {{ code }}\r\nВторая строка"}
    earlier = time.time() - FORM_SECONDS - 5
    with monkeypatch.context() as patched:
        patched.setattr(time, "time", lambda: earlier)
        stale = {**form, "token": Forms(site.secret_key).token("editor", "events")}
    late = site.post(TEXT, "editor", stale)
    assert (late.status_code, "форма устарела" in late.text) == (403, True)
    assert field(late.text) == "Писал <b>долго</b>: {{ code }}\nВторая строка"
    assert texts(ledger) == []
    again = {**hidden_fields(late.text), "do": "save", "source": field(late.text)}
    assert site.post(TEXT, "editor", again).status_code == 303
    gone = site.post(TEXT, "editor", {**stale, "do": "withdraw", "source": ""})
    assert (gone.status_code, field(gone.text)) == (403, texts(ledger)[-1][3])


def test_whatever_refuses_a_text_gives_it_back(site: Site, ledger: Ledger):
    form = {**text_form(site), "do": "save", "source": "Мой </textarea><b>{{ code }}</b>\r\nтекст"}
    for changed, headers, status in (
        ({"token": "x"}, {}, 403),
        ({}, {"origin": "https://evil.example"}, 403),
        ({"do": "sing"}, {}, 400),
        ({"seen": "x"}, {}, 400),
        ({"branch": "x"}, {}, 400),
    ):
        answer = site.post(TEXT, "editor", {**form, **changed}, **headers)
        assert (answer.status_code, field(answer.text)) == (status, "Мой </textarea><b>{{ code }}</b>\nтекст")
    lost = site.post(TEXT, "editor", {**form, "token": "x", "branch": "7", "to_status": "Готов"})
    assert "действует текст по умолчанию" in led_back(site, lost)
    assert "любой статус → Готов" in led_back(site, lost)
    site.connect_ledger("host=127.0.0.1 port=1 user=nobody dbname=nothing")
    away = site.post(TEXT, "editor", form)
    assert (away.status_code, field(away.text)[:3]) == (503, "Мой")
    site.connect_ledger(ledger.conninfo)
    assert "<textarea" not in site.post(f"{HOME}/quiet", "editor", {**form, "source": ""}).text
    assert texts(ledger) == []


def test_the_field_begins_with_the_text_that_goes_out(site: Site):
    shipped = field(site.get(f"{TEXT}?branch=7&to_status=Готов", "editor").text)
    assert "Возьмите с собой квитанцию" in shipped
    for place, words, source in (
        ("", "вся сеть.", "Сеть {{ code }}"),
        ("?branch=7", "№\N{NO-BREAK SPACE}7.", "Седьмой {{ code }}"),
        ("?branch=7&to_status=Готов", "", "Готов {{ code }}"),
    ):
        form = {**text_form(site, f"{TEXT}{place}"), "do": "save", "source": source}
        assert site.post(TEXT, "editor", form).status_code == 303
        page = site.get(f"{TEXT}?branch=7&to_status=Готов", "editor").text
        assert field(page) == source
        assert (f"действует другой: {words}" if words else "Здесь действует свой текст") in page
    assert field(site.get(f"{TEXT}?branch=8&to_status=Готов", "editor").text) == "Сеть {{ code }}"
    assert "по умолчанию" in site.get(f"{HOME}/client/refused/text", "editor").text


def test_versions_say_who_what_and_lead_back(site: Site, ledger: Ledger):
    for number in range(25):
        run(
            ledger,
            "insert into notifications.texts (audience, event, source, written_by)"
            " values ('client', 'ready', %(source)s, '<i>анна</i>')",
            source=f"Готов {{{{ code }}}}\nверсия {number}",
        )
    page = site.get(TEXT, "viewer").text
    assert "<ins>версия 24</ins>" in page
    assert "<del>версия 23</del>" in page
    assert "<i>анна" not in page
    assert "Вернуть эту" not in page
    (older,) = re.findall(r'href="[^"]*(\?before=\d+)"', page)
    assert "<ins>версия 4</ins>" in site.get(f"{TEXT}{older}", "viewer").text
    form = re.findall(r'<form class="one-button".*?</form>', site.get(TEXT, "editor").text, re.DOTALL)[0]
    answer = site.post(TEXT, "editor", {**hidden_fields(form), "do": "restore"})
    assert answer.status_code == 303
    assert texts(ledger)[-1][3:] == ("Готов {{ code }}\nверсия 23", "editor")
    other = site.post(f"{HOME}/client/refused/text", "editor", {**hidden_fields(form), "do": "restore"})
    assert other.status_code == 404


def test_a_version_that_no_longer_works_comes_to_the_field_and_not_back(site: Site, ledger: Ledger):
    for source in ("{{ gone }}", "{{ code }}"):
        run(
            ledger,
            "insert into notifications.texts (audience, event, source, written_by)"
            " values ('client', 'ready', %(source)s, 'anna')",
            source=source,
        )
    form = re.findall(r'<form class="one-button".*?</form>', site.get(TEXT, "editor").text, re.DOTALL)[0]
    answer = site.post(TEXT, "editor", {**hidden_fields(form), "do": "restore"})
    assert (answer.status_code, "нет значения gone" in answer.text) == (400, True)
    assert len(texts(ledger)) == 2


def test_a_text_is_previewed_on_the_last_five_repairs_that_went_that_way(site: Site, ledger: Ledger):
    shown = bubbles(send(site, "look", "{{ code }}: {{ tool }}, {{ to_pay }}, {{ phone }}").text)
    others = [f"A-{number}: В работе → Готов" for number in range(501, 505)]
    assert [title for title, _ in shown[:5]] == ["A-500: Подбор → Готов", *others]
    words = shown[0][1].replace("\N{NO-BREAK SPACE}", " ").replace("\N{NON-BREAKING HYPHEN}", "-")
    assert words == "A-500: Шуруповёрт Makita DF333D, 100 ₽, +7 487 230-00-07"
    assert [title.partition(":")[0] for title, _ in shown[5:]] == ["Проверка", "Проверка"]
    assert "<b>Ударник</b> & «Ко»" in shown[5][1]
    assert send(site, "look", "{{ code }}").text.count("Понял, приду") == len(shown)
    chosen = send(site, "look", "{{ code }}", from_status="Подбор", to_status="Готов").text
    assert [title for title, _ in bubbles(chosen)][:1] == ["A-500: Подбор → Готов"]
    assert len(bubbles(chosen)) == 3
    empty = bubbles(send(site, "look", "{% if due %}Обещаем {{ due }}{% endif %}").text)
    assert "Так не получится: с этими значениями от текста ничего не остаётся" in empty[-1][1]
    assert texts(ledger) == []


@pytest.mark.parametrize(
    ("event", "only"),
    [
        ("client/ready", set()),
        ("client/several_ready", {"tools"}),
        ("client/pickup_reminder", set()),
        ("client/several_reminders", {"tools"}),
        ("client/comment", {"comment"}),
        ("staff/status", set()),
        ("staff/comment", {"comment"}),
    ],
)
def test_only_what_an_event_has_is_offered_for_its_text(site: Site, event: str, only: set[str]):
    page = site.get(f"{HOME}/{event}/text", "editor").text
    offered = set(re.findall(r'<th scope="row"><code>(\w+)</code>', page))
    assert {"code", "tool", "branch"} <= offered
    assert offered & {"tools", "comment"} == only


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ("client/in_work", "A-600: Новый → В работе"),
        ("client/set_back", "A-600: Новый → В работе"),
        ("client/several_ready", "5 последних, как если бы они были одного клиента"),
        ("client/pickup_reminder", "A-500: Подбор → Готов"),
        ("client/several_reminders", "5 последних, как если бы они были одного клиента"),
        ("client/comment", "Деталь & <едет>"),
        ("staff/comment", "Когда забрать?"),
        ("staff/status", "A-600: Новый → В работе"),
    ],
)
def test_each_event_has_its_own_repairs(site: Site, event: str, words: str):
    address = f"{HOME}/{event}/text"
    named = "{{ code }} {{ comment }}" if event.endswith("comment") else "{{ code }} {{ status }}"
    answer = site.post(address, "editor", {**text_form(site, address), "do": "look", "source": named})
    assert answer.status_code == 200
    shown = bubbles(answer.text)
    assert any(words in title or words in text for title, text in shown), shown
    # What is endless says that it goes on.
    assert "…" in shown[-2][1][-3:] or not event.endswith("comment")
    assert "Между нами" not in answer.text


def test_without_the_crm_a_text_is_still_checked_and_saved(site: Site, ledger: Ledger, databases: Databases):
    for conninfo in (None, "host=127.0.0.1 port=1 user=nobody dbname=nothing", databases.create()):
        site.connect_crm(conninfo)
        answer = send(site, "look", "{{ code }}")
        assert answer.status_code == 200
        assert "CRM сейчас не отвечает серверу Airflow или не показывает событий" in answer.text
        assert len(bubbles(answer.text)) == 2
    assert send(site, "save", "{{ code }}").status_code == 303
    assert len(texts(ledger)) == 1


def test_a_sample_is_a_link_of_ten_minutes_that_shows_examples_only(site: Site, ledger: Ledger):
    form = {**text_form(site), "do": "send", "source": "Готов {{ code }}, {{ to_pay }}"}
    first, again = (site.post(TEXT, "editor", form) for _ in range(2))
    assert first.status_code == 200
    assert LINK.findall(first.text) == LINK.findall(again.text)
    (token,) = LINK.findall(first.text)
    (kept,) = run(ledger, "select *, expires_at - now() as remaining from notifications.samples")
    assert "A-12841" in kept["html"]
    assert timedelta(minutes=9) < kept["remaining"] <= timedelta(minutes=10)
    assert token not in str(kept)
    assert texts(ledger) == []
    run(ledger, "update notifications.samples set expires_at = now() - interval '1 minute'")
    site.post(TEXT, "editor", {**text_form(site), "do": "send", "source": "Иначе {{ code }}"})
    assert len(run(ledger, "select 1 from notifications.samples")) == 1
    run(ledger, "update notifications.listeners set username = null")
    unknown = send(site, "send", "{{ code }}")
    assert (unknown.status_code, "Включите DAG client_bot" in unknown.text) == (409, True)
    # It is not the text's fault.
    assert "aria-invalid" not in unknown.text.partition("</style>")[2]


def test_a_notification_is_paused_as_airflow_pauses_it(site: Site):
    form = hidden_fields(site.get(HOME, "editor").text)
    for do, is_paused in (("pause", True), ("pause", True), ("unpause", False)):
        answer = site.post(f"{HOME}/pause", "editor", {**form, "dag_id": "client_statuses", "do": do})
        assert answer.status_code == 303
        (row,) = site.rows("select is_paused from dag where dag_id = 'client_statuses'")
        assert row["is_paused"] is is_paused
        assert ("на паузе: эти сообщения не уходят" in site.get(HOME, "viewer").text) is is_paused
    noted = site.rows("select event, owner from log where dag_id = 'client_statuses' and owner = 'editor' order by id")
    assert [row["event"] for row in noted] == ["paused", "unpaused"]
    # No notification, and another team's.
    for dag_id, status in (("resend_parked", 404), ("profitability_monthly", 403)):
        answer = site.post(f"{HOME}/pause", "editor", {**form, "dag_id": dag_id, "do": "pause"})
        assert answer.status_code == status


def back_form(site: Site, said: str, address: str) -> dict[str, str]:
    """Return the form that takes back what is said of a place; of several the first."""
    page = site.get(address, "editor").text
    forms = re.findall(rf'<form class="one-button" action="{HOME}/take-back".*?</form>', page, re.DOTALL)
    fields = [hidden_fields(form) for form in forms]
    return next((found for found in fields if found["said"] == said), {})


def test_a_branch_goes_back_to_what_the_network_says(site: Site, ledger: Ledger):
    address = f"{HOME}?branch=7"
    assert back_form(site, "told", address) == {}
    site.post(f"{HOME}/switch", "editor", switch_form(site, "ready", address))
    assert "– выключено" in site.get(f"{READY}?branch=7", "viewer").text
    assert back_form(site, "told", HOME) == {}
    form, late = (back_form(site, "told", each) for each in (address, f"{READY}?branch=7"))
    assert f'action="{HOME}/take-back"' not in site.get(address, "viewer").text
    on_again = switch_form(site, "ready", address)
    answers = [site.post(f"{HOME}/take-back", "editor", form) for _ in range(2)]
    assert [(answer.status_code, answer.headers["location"]) for answer in answers] == [(303, address)] * 2
    assert site.post(f"{HOME}/switch", "editor", on_again).status_code == 409
    shown = site.get(f"{READY}?branch=7", "viewer").text
    assert "✓ включено" in shown
    assert ": как у сети</li>" in shown
    assert back_form(site, "told", address) == {}
    assert switch_form(site, "ready", address)["is_on"] == "off"
    site.post(f"{HOME}/switch", "editor", switch_form(site, "ready", address))
    assert site.post(f"{HOME}/take-back", "editor", late).status_code == 409
    rows = run(ledger, "select branch_id, is_on, takes_back from notifications.switches order by switch_id")
    assert [(row["branch_id"], row["is_on"], row["takes_back"]) for row in rows] == [
        (7, False, None),
        (7, None, "told"),
        (7, False, None),
    ]
    for wrong, status in (({"said": "sold"}, 400), ({"event": ""}, 400), ({"event": "sold"}, 404)):
        assert site.post(f"{HOME}/take-back", "editor", {**form, **wrong}).status_code == status


def test_quiet_hours_and_reminders_of_a_branch_or_an_event_are_taken_back(site: Site):
    reminders = f"{HOME}/client/pickup_reminder"
    common = {**hidden_fields(site.get(HOME, "editor").text), "event": "", "branch": "7", "seen": "0"}
    hours = {"quiet_from": "10:00", "quiet_until": "11:00"}
    assert site.post(f"{HOME}/quiet", "editor", {**common, **hours}).status_code == 303
    own = {**common, "branch": "", "event": "ready", "quiet_from": "12:00", "quiet_until": "13:00"}
    assert site.post(f"{HOME}/quiet", "editor", own).status_code == 303
    assert site.post(f"{HOME}/quiet", "editor", {**own, "branch": "7", "quiet_from": "12:30"}).status_code == 303
    assert site.post(f"{HOME}/reminders", "editor", {**common, "after_days": "5", "most": "1"}).status_code == 303
    steps = [
        ("quiet", f"{READY}?branch=7", "Без своих часов", "С 12:30 до 13:00", "С 10:00 до 11:00"),
        ("quiet", f"{HOME}?branch=7", "Как у сети", "С 10:00 до 11:00", "С 22:00 до 09:00"),
        ("quiet", READY, "Как у всех событий", "С 12:00 до 13:00", "С 22:00 до 09:00"),
        ("reminders", f"{reminders}?branch=7", "Как у сети", "Через 5 рабочих дней", "Через 3 рабочих дня"),
    ]
    for said, address, button, before, after in steps:
        page = plain(site.get(address, "editor").text)
        assert (before in page, button in page) == (True, True), address
        form = back_form(site, said, address)
        answers = [site.post(f"{HOME}/take-back", "editor", form) for _ in range(2)]
        assert [(answer.status_code, answer.headers["location"]) for answer in answers] == [(303, address)] * 2
        page = plain(site.get(address, "editor").text)
        assert (after in page, button in page) == (True, False), address


def calls_form(site: Site, user: str = "editor", address: str = HOME) -> dict[str, str]:
    """Return the form that says which chats hear of missed calls."""
    forms = re.findall(r'<form class="one-button".*?</form>', site.get(address, user).text, re.DOTALL)
    (found,) = [form for form in forms if f'action="{HOME}/calls"' in form]
    return hidden_fields(found)


def test_missed_calls_go_to_the_teams_chats_or_to_one_as_a_person_says(site: Site, ledger: Ledger):
    site.set_variable('{"team_chats": {"7": {"chat_id": "-7"}, "404": {"chat_id": "-8"}}}')
    page = site.get(HOME, "viewer").text
    assert "– в один чат" in page
    assert "</code>): №\N{NO-BREAK SPACE}7, №\N{NO-BREAK SPACE}404." in page
    assert "Остальные филиалы" not in page
    assert f'action="{HOME}/calls"' not in page
    form = calls_form(site)
    assert (form["to"], form["seen"]) == ("teams", "0")
    assert [site.post(f"{HOME}/calls", "editor", form).status_code for _ in range(2)] == [303, 303]
    shown = site.get(HOME, "viewer").text
    assert "✓ в чаты команд" in shown
    assert "Остальные филиалы&nbsp;— в чат незвонков" in shown
    assert "editor, " in shown
    back = calls_form(site, address=f"{HOME}?branch=7")
    answer = site.post(f"{HOME}/calls", "editor", back)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{HOME}?branch=7")
    assert "– в один чат" in site.get(HOME, "viewer").text
    assert switches(ledger) == [
        ("staff", "missed_calls", None, True, "editor"),
        ("staff", "missed_calls", None, False, "editor"),
    ]
    # Events of staff are told or not as before.
    assert switch_form(site, "ready")["is_on"] == "off"
    assert site.get(f"{HOME}/staff/missed_calls", "editor").status_code == 404


def test_who_says_it_late_changes_nothing(site: Site, ledger: Ledger):
    form, late = calls_form(site), calls_form(site, "admin")
    assert site.post(f"{HOME}/calls", "editor", form).status_code == 303
    assert site.post(f"{HOME}/calls", "admin", {**late, "to": "one"}).status_code == 409
    assert site.post(f"{HOME}/calls", "editor", {**form, "to": "nowhere"}).status_code == 400
    assert len(switches(ledger)) == 1


@pytest.mark.usefixtures("ledger")
def test_what_does_not_exist_is_said(site: Site):
    cases = {
        f"{HOME}/client/sold": 404,
        f"{HOME}/nobody/ready": 404,
        f"{HOME}/client/created/text?to_status=x": 400,
        f"{HOME}?branch=x": 400,
        f"{HOME}?branch={2**63}": 400,
        f"{TEXT}?branch=-1": 400,
        f"{TEXT}?to_status={'я' * 201}": 400,
        f"{HOME}?branch=404": 200,
        f"{TEXT}?branch=404&to_status=<b>": 200,
    }
    for address, status in cases.items():
        answer = site.get(address, "editor")
        assert answer.status_code == status, address
        assert "Traceback" not in answer.text
    lost = site.get(f"{HOME}/client/sold?branch=7", "editor").text
    assert f'<a class="action" href="{HOME}">К событиям</a>' in lost
