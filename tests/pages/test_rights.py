"""Every route and every button for everybody, with the auth managers that come with Airflow."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from starlette.routing import Route

from sancrm_notifications.pages.application import create_app
from tests.pages.people import CALLS, DAILY, MONTHLY
from tests.pages.scene import CALLS_CHAT, SECRET_NAME, Scene, fill, month
from tests.pages.test_decisions import hidden_fields

if TYPE_CHECKING:
    from tests.conftest import Databases
    from tests.pages.airflow_site import Site
    from tests.pages.conftest import Ledger

HOME = "/sancrm-notifications"
USERS = (None, "viewer", "editor", "calls")


@dataclass(frozen=True)
class Case:
    """An address and what each of ``USERS`` gets: nobody, a viewer, an editor, the editor of one other DAG."""

    route: str
    address: str
    statuses: tuple[int, int, int, int]


READING = (
    Case("/", "/", (401, 200, 200, 200)),
    Case("/dags/{dag_id}/runs/{run_id}", f"/dags/{DAILY}/runs/previewed", (401, 200, 200, 403)),
    Case("/dags/{dag_id}/runs/{run_id}", f"/dags/{CALLS}/runs/none", (401, 404, 404, 404)),
    Case("/dags/{dag_id}/runs/{run_id}/log", f"/dags/{DAILY}/runs/scheduled__1/log", (401, 303, 303, 303)),
    Case("/log", "/log", (401, 200, 200, 200)),
    Case("/log.csv", "/log.csv", (401, 200, 200, 200)),
    Case("/messages/{message_id}", "/messages/{parked}", (401, 200, 200, 403)),
    Case("/messages/{message_id}", "/messages/{held}", (401, 200, 200, 200)),
    Case("/waiting", "/waiting", (401, 200, 200, 200)),
    Case("/decide", "/decide?do=send&message={parked}", (401, 403, 200, 403)),
    Case("/decide", "/decide?do=delivered&message={held}", (401, 403, 200, 200)),
    Case("/decide", "/decide?do=send", (401, 403, 200, 200)),
    Case("/staff", "/staff", (401, 200, 200, 200)),
    Case("/preview", "/preview", (401, 200, 200, 200)),
    Case("/backfill", "/backfill", (401, 200, 200, 200)),
    Case("/health", "/health", (401, 200, 200, 403)),
    Case("/clients", "/clients", (401, 200, 200, 403)),
    Case("/events", "/events", (401, 200, 200, 403)),
    Case("/events/{audience}/{event}", "/events/client/ready", (401, 200, 200, 403)),
    Case("/events/{audience}/{event}", "/events/staff/status?branch=7", (401, 200, 200, 403)),
    Case("/events/{audience}/{event}/text", "/events/client/ready/text", (401, 200, 200, 403)),
    Case("/decisions/{run_id}", "/decisions/{run}", (401, 200, 200, 403)),
)


@pytest.fixture(params=["simple", "fab"])
def any_site(request: pytest.FixtureRequest, ledger: Ledger) -> Site:
    """Return Airflow with each auth manager, connected to this test's ledger."""
    site: Site = request.getfixturevalue("started_site" if request.param == "simple" else "started_fab_site")
    site.connect_ledger(ledger.conninfo)
    site.change("delete from dag_run")
    return site


def prepared(site: Site, scene: Scene, ledger: Ledger) -> dict[str, Any]:
    """Fill the ledger; decide something about the daily report as the administrator."""
    from sancrm_notifications.text.message import Message

    ids = fill(scene)
    ledger.preview(Message("network", "reports", "Вся сеть", "предпросмотр"), run_id="previewed")
    form = hidden_fields(site.get(f"{HOME}/decide?do=send&message={ids['parked_too']}", "admin").text)
    decided = site.post(f"{HOME}/decide", "admin", form)
    assert decided.status_code == 303
    return {**ids, "run": decided.headers["location"].rsplit("/", 1)[1]}


def test_every_page_for_everybody(any_site: Site, scene: Scene, ledger: Ledger):
    ids = prepared(any_site, scene, ledger)
    assert {case.route for case in READING} == gettable_routes()
    for case in READING:
        address = HOME + case.address.format(**ids)
        found = tuple(any_site.get(address, user).status_code for user in USERS)
        assert found == case.statuses, address


def gettable_routes() -> set[str]:
    return {route.path for route in create_app().routes if isinstance(route, Route) and "GET" in (route.methods or ())}


def test_nothing_of_a_message_is_seen_by_whom_it_is_not_for(any_site: Site, scene: Scene, ledger: Ledger):
    prepared(any_site, scene, ledger)
    for address in ("/log", "/log.csv", "/waiting", "/decide?do=send"):
        seen = any_site.get(HOME + address, "calls").text
        # What notifications there are is no secret; whom they are about is.
        assert "profitability_daily" not in re.sub(r'<option value="profitability_daily".*?</option>', "", seen)
        assert "Калуга" not in seen
        assert SECRET_NAME not in any_site.get(HOME + address, "viewer").text


FILTERS = ("key=profitability", "notification=profitability_daily", "branch=1", "run=scheduled__1", "state=parked")


def test_no_filter_finds_what_may_not_be_read(site: Site, scene: Scene):
    ids = fill(scene)
    daily = {str(ids[name]) for name in ("sent", "corrected", "network", "parked", "parked_too", "stored", "sending")}
    for chosen in FILTERS:
        page = site.get(f"{HOME}/log?{chosen}", "calls").text
        assert not daily & set(re.findall(r"/messages/(\d+)", page)), chosen
        assert "profitability_daily/" not in site.get(f"{HOME}/log.csv?{chosen}", "calls").text, chosen


def test_the_days_picture_counts_what_may_be_read(site: Site, scene: Scene):
    for repair_id in (1, 2):
        scene.call(repair_id, ago=timedelta(0))
    for branch_id in (1, 2, 7):
        scene.report(branch_id, ago=timedelta(0))
    day = scene.now.astimezone(ZoneInfo("Europe/Moscow")).date()
    for user, messages in (("admin", 5), ("calls", 2)):
        page = site.get(f"{HOME}/log?day={day}", user).text
        assert f"Запросов к Telegram {messages}," in page
        assert f'aria-label="{messages}\N{NO-BREAK SPACE}сообщ' in page


def test_days_and_missed_reports_are_those_that_may_be_read(site: Site, scene: Scene):
    month(scene)
    assert "Калуга" in site.get(f"{HOME}/staff?month=2026-11&day=2026-11-12", "viewer").text
    assert "Калуга" not in site.get(f"{HOME}/staff?month=2026-11&day=2026-11-12", "calls").text
    assert "Рентабельность" in site.get(f"{HOME}/backfill?from=2026-11-10&to=2026-11-12", "viewer").text
    assert "Рентабельность" not in site.get(f"{HOME}/backfill?from=2026-11-10&to=2026-11-12", "calls").text


def test_the_lists_of_filters_name_only_what_may_be_read(any_site: Site, scene: Scene):
    fill(scene)
    assert options(any_site, "/log", "branch", "admin") == {"1", "2", "7"}
    assert options(any_site, "/log", "branch", "calls") == set()
    assert options(any_site, "/log", "destination", "calls") == {"missed_calls"}
    assert options(any_site, "/log", "chat", "calls") == {CALLS_CHAT}
    assert options(any_site, "/staff", "branch", "calls") == set()
    assert options(any_site, "/log", "branch", "editor") == {"1", "2", "7"}
    assert options(any_site, "/preview", "branch", "editor") == {"1", "2", "7"}


def options(site: Site, address: str, name: str, user: str) -> set[str]:
    """Return what a list of a page's filters offers."""
    page = site.get(HOME + address, user).text
    found = re.search(rf'<select name="{name}">.*?</select>', page, re.DOTALL)
    return set(re.findall(r'<option value="([^"]+)"', found[0] if found else ""))


@pytest.mark.parametrize(("message", "statuses"), [("parked", (401, 403, 303, 403)), ("held", (401, 403, 303, 303))])
def test_every_button_for_everybody(
    any_site: Site, scene: Scene, ledger: Ledger, message: str, statuses: tuple[int, ...]
):
    ids = prepared(any_site, scene, ledger)
    found = []
    for user in USERS:
        # The best that anybody can do: an own form of another message, where there is one.
        own = hidden_fields(any_site.get(f"{HOME}/decide?do=send&message={ids['held']}", user).text)
        shown = hidden_fields(any_site.get(f"{HOME}/decide?do=send&message={ids[message]}", "admin").text)
        form = {**shown, "token": own.get("token", shown["token"])}
        found.append(any_site.post(f"{HOME}/decide", user, form).status_code)
    assert tuple(found) == statuses


POSTS = {
    "/health/check": ({}, (401, 403, 303, 403)),
    "/preview": ({"notification": DAILY}, (401, 403, 303, 403)),
    "/backfill": ({"do": "count", "first_on": "2026-11-17", "last_on": "2026-11-17"}, (401, 403, 303, 403)),
    # Whoever may: the ledger knows no bot, and what was typed is no number.
    "/clients": ({"customer_id": "1"}, (401, 403, 409, 403)),
    "/clients/why": ({"about": "?"}, (401, 400, 400, 403)),
    "/events/switch": ({"audience": "staff", "event": "status", "is_on": "off", "seen": "0"}, (401, 403, 303, 403)),
    "/events/quiet": ({"quiet_from": "21:00", "quiet_until": "09:00", "seen": "0"}, (401, 403, 303, 403)),
    "/events/reminders": ({"after_days": "5", "most": "1", "seen": "0"}, (401, 403, 303, 403)),
    # Nothing was said of it: there is nothing to take back.
    "/events/take-back": ({"said": "told", "event": "created", "seen": "0"}, (401, 403, 303, 403)),
    # The editor of the calls' DAG alone does not get the page, and so no form.
    "/events/calls": ({"to": "teams", "seen": "0"}, (401, 403, 303, 403)),
    "/events/pause": ({"dag_id": "staff_events", "do": "pause"}, (401, 403, 303, 403)),
    "/events/{audience}/{event}/text": ({"do": "save", "source": "{{ code }}", "seen": "0"}, (401, 403, 303, 403)),
}


@pytest.mark.usefixtures("ledger")
def test_every_other_form_for_everybody(any_site: Site, scene: Scene):
    scene.report(1)
    forms = {path: re.sub("/(check|why|switch|quiet|reminders|take-back|calls|pause)$", "", path) for path in POSTS}
    named = {"audience": "client", "event": "ready"}
    # The last is for programs: tests/pages/test_clients.py.
    assert {*POSTS, "/decide", "/clients/invitations"} == {
        route.path for route in create_app().routes if isinstance(route, Route) and "POST" in (route.methods or ())
    }
    for route, (fields, statuses) in POSTS.items():
        found = []
        path = route.format(**named)
        for user in USERS:
            own = hidden_fields(any_site.get(HOME + forms[route].format(**named), user).text)
            found.append(any_site.post(HOME + path, user, {**own, **fields}).status_code)
            assert user is None or any_site.post(HOME + path, user, fields).status_code == 403
            foreign = any_site.post(HOME + path, user, {**own, **fields}, origin="https://evil.example")
            assert foreign.status_code == (401 if user is None else 403)
        assert tuple(found) == statuses, path


def test_a_program_of_somebody_without_the_right_changes_nothing_about_events(any_site: Site, ledger: Ledger):
    """A program needs no form: what stops it is the right alone."""
    named = {"audience": "client", "event": "ready"}
    for user, status, expected in (("viewer", 403, (0, 0)), ("calls", 403, (0, 1)), ("editor", 303, (1, 4))):
        bearer = {"Authorization": f"Bearer {any_site.token(user)}"}
        for route, (fields, _) in POSTS.items():
            if route.startswith("/events"):
                answer = any_site.http.post(HOME + route.format(**named), data=fields, headers=bearer)
                is_own = (user, route) == ("calls", "/events/calls")
                assert answer.status_code == (303 if is_own else status), (user, route)
        assert ledger_counts(ledger) == expected


def ledger_counts(ledger: Ledger) -> tuple[int, int]:
    """Return how many texts and switches were written."""
    import psycopg

    with psycopg.connect(ledger.conninfo) as connection:
        (row,) = connection.execute(
            "select (select count(*) from notifications.texts), (select count(*) from notifications.switches)"
        )
        return int(row[0]), int(row[1])


def test_a_team_reads_and_decides_its_own_only(site: Site, scene: Scene):
    ids = fill(scene)
    scene.change(ids["monthly"], state="parked", reason="chat_gone: x")
    for user, status in (("admin", 200), ("editor", 403), ("viewer", 403)):
        assert site.get(f"{HOME}/messages/{ids['monthly']}", user).status_code == status
    assert f"/messages/{ids['monthly']}" in site.get(f"{HOME}/log", "admin").text
    assert f"/messages/{ids['monthly']}" not in site.get(f"{HOME}/log", "editor").text
    assert MONTHLY not in site.get(f"{HOME}/log.csv", "editor").text
    assert site.get(f"{HOME}/decide?do=send&message={ids['monthly']}", "editor").status_code == 403


def test_a_dag_that_airflow_no_longer_has_is_judged_too(site: Site, scene: Scene):
    gone = scene.report(1, notification="gone_report")
    assert site.get(f"{HOME}/messages/{gone}", "admin").status_code == 200
    assert site.get(f"{HOME}/messages/{gone}").status_code == 401


@pytest.mark.usefixtures("ledger")
def test_what_hinders_reading_is_one_sentence_and_airflow_goes_on(site: Site, databases: Databases):
    older, newer = copy_of(databases), copy_of(databases)
    run(older, "delete from notifications.versions where version > 1")
    run(newer, "insert into notifications.versions (version) select max(version) + 1 from notifications.versions")
    cases = {
        "журнал уведомлений появится с первым запуском": databases.create(),
        "Журнал уведомлений ещё прежней версии": older,
        "Журнал уведомлений уже новее этих страниц": newer,
        "База подключения notifications_db сейчас не читается": "host=127.0.0.1 port=1 user=nobody dbname=nothing",
        "нет подключения notifications_db": None,
    }
    pages = (
        "/", f"/dags/{DAILY}/runs/1", "/log", "/log.csv", "/messages/1", "/waiting", "/decide?do=send", "/staff",
        "/preview", "/backfill", "/health", "/clients",
    )  # fmt: skip
    for sentence, conninfo in cases.items():
        site.connect_ledger(conninfo)
        for path in pages:
            page = site.get(HOME + path, "admin")
            assert (page.status_code, sentence in page.text) == (503, True), path
            assert "Traceback" not in page.text
    assert site.get("/api/v2/monitor/health").status_code == 200


def copy_of(databases: Databases) -> str:
    return databases.create("ledger")


def run(conninfo: str, statement: str) -> None:
    import psycopg

    with psycopg.connect(conninfo) as connection:
        connection.execute(statement.encode())


def test_a_refusal_names_the_right_that_is_missing_and_leads_on(site: Site, scene: Scene):
    ids = fill(scene)
    daily = f"«Рентабельность за день» ({DAILY})"
    for address, user, named, way in (
        (f"/messages/{ids['parked']}", "calls", f"читать (GET) в Airflow на DAG {daily}", "log"),
        (f"/dags/{DAILY}/runs/previewed", "calls", f"читать (GET) в Airflow на DAG {daily}", "preview"),
        (f"/decide?do=send&message={ids['parked']}", "viewer", f"менять (PUT) в Airflow на DAG {daily}", "waiting"),
        ("/health", "calls", "«Проверка подключений» (check_connections)", "log"),
    ):
        refused = site.get(HOME + address, user)
        assert refused.status_code == 403
        assert named in refused.text, address
        assert f'class="action" href="{HOME}/{way}"' in refused.text, address
    wrong_token = site.post(f"{HOME}/decide", "editor", {"do": "send", "token": "x"})
    assert f'class="action" href="{HOME}/waiting"' in wrong_token.text
    unknown = re.search(r'class="action" href="([^"]+)"', site.get(f"{HOME}/log").text)
    assert unknown
    assert site.get(unknown[1]).status_code == 307
