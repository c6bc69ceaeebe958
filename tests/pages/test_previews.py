"""Previews inside Airflow: what is read there, by whom, and where Airflow offers them."""

from __future__ import annotations

from html import unescape
from typing import TYPE_CHECKING

import pytest

from sancrm_notifications.text.buttons import Button
from sancrm_notifications.text.markup import escape
from sancrm_notifications.text.message import Message
from tests.pages.people import MONTHLY

if TYPE_CHECKING:
    from tests.pages.airflow_site import Site
    from tests.pages.conftest import Ledger

HOME = "/sancrm-notifications"
RUN = "manual__2026-11-22T14:00:00+00:00"
PAGE = f"{HOME}/dags/profitability_daily/runs/{RUN.replace('+', '%2B')}"
HOSTILE = '<script>alert(1)</script> & «Ко» "О\'Хара" 👩‍🔧'


def report(html: str = "<b>Отчёт</b>", subject: str = "network", destination: str = "reports", **more) -> Message:
    return Message(subject=subject, destination=destination, label=more.pop("label", "Вся сеть"), html=html, **more)


def test_a_preview_shows_each_message_with_its_chat_parts_buttons_and_sound(site: Site, ledger: Ledger):
    button = Button("Открыть в CRM", "https://crm.example.com/reports")
    ledger.preview(
        report("<b>Центральный</b>", "branch:1", "branch:1", label="Центральный", silent=True),
        report("\n\n".join(["а" * 2000, "б" * 2000]), rich_html="<h3>С таблицей</h3>", buttons=((button,),)),
        run_id=RUN,
    )
    page = site.get(PAGE, "admin")
    assert page.status_code == 200
    text = unescape(page.text)
    wanted = [
        "Рентабельность за день",
        "20\N{NO-BREAK SPACE}ноября 2026, пт",
        "2\N{NO-BREAK SPACE}сообщения",
        "чат филиала «Центральный»",
        "без звука",
        "<b>Центральный</b>",
        "чат отчётов",
        "со звуком",
        "<h3>С таблицей</h3>",
        "а" * 2000,
        "Часть 1 из 2",
        "б" * 2000,
        "Часть 2 из 2",
    ]
    positions = [text.find(words) for words in wanted]
    assert -1 not in positions
    assert positions == sorted(positions)
    assert 'href="https://crm.example.com/reports" target="_blank" rel="noopener noreferrer"' in page.text


def test_the_values_of_people_are_seen_as_typed_and_do_nothing(site: Site, ledger: Ledger):
    ledger.preview(report(f"<b>{escape(HOSTILE)}</b>", label=HOSTILE), run_id=RUN)
    page = site.get(PAGE, "admin")
    assert unescape(page.text).count(HOSTILE) == 2
    assert "<script" not in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "script-src" not in policy
    assert page.headers["cache-control"] == "no-store"


def test_who_may_not_read_a_dag_reads_none_of_its_previews(site: Site, ledger: Ledger):
    ledger.preview(report("за день"), run_id="daily_run")
    ledger.preview(report("текст за месяц"), run_id="monthly_run", dag_id=MONTHLY, period="2026-11")
    path = f"{HOME}/dags/{MONTHLY}/runs/monthly_run"
    assert "текст за месяц" in site.get(path, "admin").text
    refused = site.get(path, "viewer")
    assert refused.status_code == 403
    assert "текст за месяц" not in refused.text
    # The DAG of the address is the one asked about: another readable DAG does not open this run.
    assert site.get(f"{HOME}/dags/profitability_daily/runs/monthly_run", "viewer").status_code == 404
    assert "monthly_run" in site.get(f"{HOME}/", "admin").text
    listed = site.get(f"{HOME}/", "viewer").text
    assert "daily_run" in listed
    assert "monthly_run" not in listed


def test_the_list_names_the_newest_preview_first_and_leads_to_each(site: Site, ledger: Ledger):
    assert "Предпросмотров пока нет" in site.get(f"{HOME}/", "viewer").text
    ledger.preview(report("первый"), run_id="first")
    ledger.preview(report("второй"), run_id=RUN, period="2026-11-21")
    text = site.get(f"{HOME}/", "viewer").text
    assert 0 < text.find(f'href="{PAGE.replace(":", "%3A")}"') < text.find("runs/first")
    assert "второй" not in text
    assert "второй" in site.get(PAGE.replace(":", "%3A"), "viewer").text


def test_a_run_without_a_preview_says_how_to_get_one(site: Site):
    page = site.get(PAGE, "viewer")
    assert page.status_code == 404
    assert "У этого запуска нет предпросмотра" in page.text


def test_airflow_loads_the_plugin_and_offers_menu_and_tab(site: Site):
    errors = site.get("/api/v2/plugins/importErrors", "admin").json()
    assert errors == {"import_errors": [], "total_entries": 0}
    plugins = site.get("/api/v2/plugins", "admin").json()["plugins"]
    ours = next(plugin for plugin in plugins if plugin["name"] == "sancrm_notifications_pages")
    assert [view["destination"] for view in ours["external_views"]] == [
        "nav", "dag_run", "dag_run", "nav", "nav", "nav", "nav", "nav",
    ]  # fmt: skip
    for view in ours["external_views"][3:]:
        assert site.get(f"/{view['href']}", "viewer").status_code == 200
        # By itself: the frame of a route lets no link lead to a run or to Telegram.
        assert view["url_route"] is None
    for view in ours["external_views"][:2]:
        path = view["href"].replace("{DAG_ID}", "profitability_daily").replace("{RUN_ID}", "no_such_run")
        assert "предпросмотр" in site.get(f"/{path}", "viewer").text.lower()


@pytest.mark.parametrize("path", ["/openapi.json", "/docs", "/redoc"])
def test_nothing_describes_the_routes_to_strangers(site: Site, path: str):
    assert site.get(HOME + path).status_code == 404
