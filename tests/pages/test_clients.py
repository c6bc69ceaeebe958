"""The page on clients: links made once and shown once, who is bound, and why one has heard nothing."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.rows import dict_row

from tests.bot.crm import fill
from tests.pages.test_decisions import hidden_fields

if TYPE_CHECKING:
    import httpx

    from tests.conftest import Databases
    from tests.pages.airflow_site import Site
    from tests.pages.conftest import Ledger
    from tests.pages.scene import Scene

HOME = "/sancrm-notifications/clients"
API = f"{HOME}/invitations"
LINK = re.compile(r">(https://t\.me/sancrm_bot\?start=[\w-]{22})<")
ANNA, ANNAS_PHONE = "Синицына Анна Петровна", "8 (912) 345-67-89"
WATCHES = """
    insert into notifications.feeds (feed, switched_on_at, looked_at) values
    ('client_statuses', now() - interval '1 day', now())
"""
LISTENS = """
    insert into notifications.listeners (bot_id, number, instance, lease_until, username)
    values (42, 1, gen_random_uuid(), now(), 'sancrm_bot')
"""


@pytest.fixture(scope="module")
def crm(databases: Databases) -> str:
    """Return a CRM that no test changes."""
    return databases.create(databases.template("clients_crm", fill))


@pytest.fixture
def site(site: Site, ledger: Ledger, crm: str) -> Site:
    """Return Airflow with a bot that is listened for and a CRM that shows clients."""
    site.connect_telegram()
    site.connect_crm(crm)
    change(ledger, LISTENS)
    return site


def change(ledger: Ledger, statement: str, **values: Any) -> list[dict[str, Any]]:
    """Run a statement in the ledger and return its rows."""
    with psycopg.connect(ledger.conninfo, row_factory=dict_row) as connection:
        cursor = connection.execute(statement.encode(), values)
        return cursor.fetchall() if cursor.description else []


def bind(ledger: Ledger, **columns: Any) -> int:
    """Bind an account by the number of Anna, or as the columns say; return the binding's id."""
    row = {"proof": "contact", "user_id": 101, "phone": "79123456789", "customer_id": None, **columns}
    names, places = ", ".join(row), ", ".join(f"%({name})s" for name in row)
    statement = f"insert into notifications.bindings ({names}) values ({places}) returning binding_id"
    return int(change(ledger, statement, **row)[0]["binding_id"])


def form_of(site: Site, user: str = "editor") -> dict[str, str]:
    page = site.get(HOME, user)
    assert page.status_code == 200, page.text
    return hidden_fields(page.text)


def asked(site: Site, about: str, user: str = "viewer") -> httpx.Response:
    return site.post(f"{HOME}/why", user, {**form_of(site, user), "about": about})


def invitations(ledger: Ledger) -> list[dict[str, Any]]:
    return change(ledger, "select * from notifications.invitations order by invitation_id")


def test_a_link_is_shown_once_with_its_picture_and_the_masked_name(site: Site, ledger: Ledger):
    answer = site.post(HOME, "editor", {**form_of(site), "customer_id": " 1 "}, sec_fetch_site="same-origin")
    assert answer.status_code == 200
    (link,) = set(LINK.findall(answer.text))
    assert "<svg" in answer.text
    assert "QR-код ссылки" in answer.text
    assert "С••• А••• П•••" in answer.text
    assert "Синицына" not in answer.text
    assert "Ссылка действует до " in answer.text
    (row,) = invitations(ledger)
    assert (row["customer_id"], row["made_by"]) == (1, "editor")
    assert timedelta(days=6, hours=23) < row["expires_at"] - datetime.now(UTC) <= timedelta(days=7)
    token = link.partition("=")[2]
    assert token not in str(row)
    listed = site.get(HOME, "viewer").text
    assert "ждёт, действует до" in listed
    assert token not in listed


def test_a_form_sent_twice_is_one_link_and_a_new_form_another(site: Site, ledger: Ledger):
    form = {**form_of(site), "customer_id": "1"}
    first, again = (site.post(HOME, "editor", form).text for _ in range(2))
    assert LINK.findall(first) == LINK.findall(again)
    assert len(invitations(ledger)) == 1
    other_customer = site.post(HOME, "editor", {**form, "customer_id": "2"}).text
    new_form = site.post(HOME, "editor", {**form_of(site), "customer_id": "1"}).text
    links = {*LINK.findall(first), *LINK.findall(other_customer), *LINK.findall(new_form)}
    assert len(links) == 3
    assert [row["customer_id"] for row in invitations(ledger)] == [1, 2, 1]


def test_what_makes_no_link_is_a_sentence(site: Site, ledger: Ledger):
    cases = {"Ирина": 400, "": 400, "-1": 400, "9" * 40: 400, "٣": 400, "999999": 404, "<b>1</b>": 400}
    for written, status in cases.items():
        answer = site.post(HOME, "editor", {**form_of(site), "customer_id": written})
        assert (answer.status_code, "Ничего не сделано" in answer.text) == (status, True), written
    change(ledger, "update notifications.listeners set username = null")
    unknown_bot = site.post(HOME, "editor", {**form_of(site), "customer_id": "1"})
    assert (unknown_bot.status_code, "Включите DAG client_bot" in unknown_bot.text) == (409, True)
    assert "ссылке некуда вести" in site.get(HOME, "viewer").text
    change(ledger, "update notifications.listeners set username = 'sancrm_bot'")
    for conninfo in (None, "host=127.0.0.1 port=1 user=nobody dbname=nothing"):
        site.connect_crm(conninfo)
        silent = site.post(HOME, "editor", {**form_of(site), "customer_id": "1"})
        assert (silent.status_code, "CRM не отвечает серверу Airflow" in silent.text) == (503, True)
        assert asked(site, "A-12841").status_code == 503
    assert site.get(HOME, "viewer").status_code == 200
    assert invitations(ledger) == []


def test_a_program_makes_links_with_a_token_of_airflow_alone(site: Site, ledger: Ledger):
    bearer = {"Authorization": f"Bearer {site.token('editor')}"}
    made = site.http.post(API, json={"customer_id": 1}, headers=bearer)
    assert made.status_code == 201
    assert set(made.json()) == {"link", "expires_at"}
    assert re.fullmatch(r"https://t\.me/sancrm_bot\?start=[\w-]{22}", made.json()["link"])
    (row,) = invitations(ledger)
    assert datetime.fromisoformat(made.json()["expires_at"]) == row["expires_at"]
    assert site.http.post(API, json={"customer_id": 1}, headers=bearer).json() != made.json()
    # A browser's session is no program's: a page of another site could have sent it.
    refused: list[tuple[int, dict[str, str], object]] = [
        (401, {}, {"customer_id": 1}),
        (403, site.session("editor"), {"customer_id": 1}),
        (403, {**bearer, **site.session("editor")}, {"customer_id": 1}),
        (403, {**bearer, "Origin": "https://evil.example"}, {"customer_id": 1}),
        (403, {**bearer, "Sec-Fetch-Site": "cross-site"}, {"customer_id": 1}),
        (403, {"Authorization": f"Bearer {site.token('viewer')}"}, {"customer_id": 1}),
        (403, {"Authorization": f"Bearer {site.token('calls')}"}, {"customer_id": 1}),
        (404, bearer, {"customer_id": 999999}),
        (400, bearer, {"customer_id": 0}),
        (400, bearer, {"customer_id": 2**63}),
        (400, bearer, {"customer_id": "Ирина"}),
        (400, bearer, {"customer_id": 1, "name": "Ирина"}),
        (400, bearer, [1]),
    ]
    for status, headers, body in refused:
        answer = site.http.post(API, json=body, headers=headers)
        assert (answer.status_code, set(answer.json())) == (status, {"error"}), (headers.keys(), body)
    assert len(invitations(ledger)) == 2


def test_links_and_bindings_are_listed_in_pages_with_their_state(site: Site, ledger: Ledger):
    change(
        ledger,
        "insert into notifications.invitations (token_hash, customer_id, made_by, made_at, expires_at, used_at,"
        " declined_at, refused_count) values"
        " ('1', 71, '<i>office</i>', now(), now() + interval '1 day', null, null, 0),"
        " ('2', 72, 'o', now(), now() + interval '1 day', now(), null, 0),"
        " ('3', 73, 'o', now(), now() + interval '1 day', now(), null, 2),"
        " ('4', 74, 'o', now(), now() - interval '1 day', null, null, 0),"
        " ('5', 75, 'o', now(), now() - interval '1 day', null, now(), 0),"
        " ('6', 76, 'o', now() - interval '40 days', now() - interval '33 days', null, now(), 0)",
    )
    for number in range(52):
        bind(ledger, user_id=1000 + number, phone=f"7900{number:07}")
    bind(ledger, blocked_at=datetime.now(UTC))
    page = site.get(HOME, "editor").text
    assert [number for number in range(71, 77) if f"№&nbsp;{number}<" in page] == [71, 73, 75]
    assert "<i>office" not in page
    assert "другой аккаунт пробовал её, раз: 2" in page
    assert page.count("№&nbsp;53 ") == 1
    assert "телефон на …6789" in page
    assert "9123456789" not in page
    (more,) = re.findall(r'href="[^"]*(\?before=\d+)"', page)
    older = site.get(f"{HOME}{more}", "editor").text
    assert len(re.findall(r'<span class="minor">с ', page)) == 50
    assert len(re.findall(r'<span class="minor">с ', older)) == 3
    blocked = site.get(f"{HOME}?state=blocked", "viewer").text
    assert len(re.findall(r'<span class="minor">с ', blocked)) == 1
    assert "телефон на" not in blocked
    for hostile in ("?state=%27%3B--&before=x", "?before=99999999999999999999", "?links_before=-1"):
        assert site.get(f"{HOME}{hostile}", "viewer").status_code == 200


def test_why_is_answered_step_by_step_without_anything_personal(site: Site, ledger: Ledger, scene: Scene):
    change(ledger, WATCHES)
    unbound = asked(site, "а-12841").text
    assert "Ремонт с таким номером в CRM есть." in unbound
    assert "К боту он сейчас не подключён: дайте ему ссылку." in unbound
    site.post(HOME, "editor", {**form_of(site), "customer_id": "1"})
    assert "ею ещё не воспользовались, она действует до" in asked(site, "A-12841").text
    message_id = scene.report(1, destination=f"client:{bind(ledger)}")
    scene.change(message_id, state="parked", reason="chat_gone: x")
    assert re.search(r"Последнее сообщение ему, [^:]+:\d\d: не принято", asked(site, "A-12841").text)
    assert "он не нажал «Согласен»" in asked(site, "12841").text
    change(ledger, "update notifications.bindings set consented_at = now()")
    assert "Препятствий не видно" in asked(site, ANNAS_PHONE).text
    for column, words in {"stopped_at": "написал /stop", "blocked_at": "заблокировал бота"}.items():
        change(ledger, f"update notifications.bindings set {column} = now()")
        answer = asked(site, "A-12841").text
        assert words in answer
        assert "Препятствий" not in answer
    change(ledger, "update notifications.bindings set ended_at = now(), end_reason = 'superseded'")
    by_code = asked(site, "A-12841").text
    assert "номер подключил другой аккаунт" in by_code
    for shown in (unbound, answer, by_code):
        assert not re.search(r"Синицына|Анна|345-67-89|9123456789", shown)


def test_what_was_made_of_a_repairs_latest_changes_is_said_below_its_code(site: Site, ledger: Ledger, scene: Scene):
    assert "DAG client_statuses на паузе" in asked(site, "A-12841").text
    change(ledger, WATCHES)
    binding = bind(ledger, consented_at=datetime.now(UTC))
    event = "7@2026-11-26T09:00:00+00:00"
    scene.report(
        destination=f"client:{binding}",
        notification="client_statuses",
        period=event,
        ago=timedelta(seconds=5),
        figures={"event": "ready", "repair_ids": [12841]},
    )
    change(
        ledger,
        "insert into notifications.seen_events (feed, event_id, recorded_at, repair_id, kind, new_status, author,"
        " is_for_customer, happened_at, due_at, outcome, decided_at) values"
        " ('client_statuses', 6, now(), 12841, 'status', '<b>Ждём</b>', 'staff', false, now() - interval '2 minutes',"
        " now(), 'no_words', now() - interval '1 minute'),"
        " ('client_statuses', 7, '2026-11-26T09:00:00+00:00', 12841, 'status', 'Готов', 'staff', false, now(), now(),"
        " 'notified', now())",
    )
    for about in ("A-12841", ANNAS_PHONE):
        page = asked(site, about).text
        assert re.search(r"<h2>Что было с ремонтом <span[^>]*>A-12841</span></h2>", page)
        assert re.search(r"Статус сменился на «Готов» \d+\s[а-я]+ в\s\d\d:\d\d: рассказано клиенту .*\.</li>", page)
        assert "«&lt;b&gt;Ждём&lt;/b&gt;»" in page
        assert "Препятствий не видно" in page


def test_a_link_is_not_offered_where_the_account_is_bound_and_only_rests(site: Site, ledger: Ledger):
    offered, useless = "Сделать ссылку<", "Ссылка не нужна: аккаунт уже подключён"
    assert offered in asked(site, "A-12841", "editor").text
    bind(ledger, consented_at=datetime.now(UTC))
    for column in ("consented_at", "stopped_at", "blocked_at"):
        value = "null" if column == "consented_at" else "now()"
        change(ledger, f"update notifications.bindings set {column} = {value}")
        page = asked(site, "A-12841", "editor").text
        assert (useless in page, offered in page) == (True, False), column
        change(ledger, "update notifications.bindings set consented_at = now(), stopped_at = null, blocked_at = null")
    # A second account that hears is enough; of a number that proves nobody a link is the way on.
    bind(ledger, user_id=102, stopped_at=datetime.now(UTC))
    assert useless not in asked(site, "A-12841", "editor").text
    change(ledger, "update notifications.bindings set ended_at = now(), end_reason = 'superseded'")
    assert offered in asked(site, "A-12841", "editor").text


def test_what_leads_nowhere_is_said(site: Site, ledger: Ledger):
    assert "Ремонта с таким номером в CRM нет" in asked(site, "A-1").text
    assert "нет ни у одного клиента" in asked(site, "+7 999 000-11-22").text
    assert "записан у\N{NO-BREAK SPACE}6 клиентов" in asked(site, "8 900 000 00 10").text
    for hostile in ("<script>alert(1)</script>", "' or 1=1 --", "", "Синицына"):
        answer = asked(site, hostile)
        assert answer.status_code == 400
        assert "<script" not in answer.text
    # A phone is never in an address.
    assert site.get(f"{HOME}/why?about=1", "editor").status_code == 405
    assert invitations(ledger) == []
