"""The plugin's file: quick to load, and its names are those that a withheld preview's sentence gives."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import sancrm_notifications_pages
from sancrm_notifications.alerts import links
from sancrm_notifications.ledger.storing import Batch
from sancrm_notifications.notifications.profitability.rules import withheld
from sancrm_notifications.pages import decisions_page
from sancrm_notifications.schedule.periods import Kind, Period
from sancrm_notifications.schedule.runs import RunFacts
from sancrm_notifications_pages import PATH, VIEWS

if TYPE_CHECKING:
    import pytest

PLUGINS = Path(sancrm_notifications_pages.__file__).parent
LOADED = """
import sys
import airflow.plugins_manager
before = set(sys.modules)
import sancrm_notifications_pages
print(*sorted(set(sys.modules) - before))
"""


def test_loading_the_plugin_loads_nothing_else():
    environment = {**os.environ, "PYTHONPATH": str(PLUGINS)}
    loaded = subprocess.run([sys.executable, "-c", LOADED], env=environment, capture_output=True, text=True, check=True)
    assert loaded.stdout.splitlines()[-1] == "sancrm_notifications_pages"


def test_a_preview_says_where_it_is_read():
    period = Period.containing(Kind.DAILY, date(2026, 11, 20), "Europe/Moscow")
    batch = Batch("profitability_daily", period.key, "preview/x", timedelta(days=30), is_preview=True)
    now = datetime.now(UTC)
    sentence = withheld(period, RunFacts("manual", now), batch, timedelta(hours=24), now)
    assert sentence is not None
    tab, menu = VIEWS[1], VIEWS[0]
    assert f"this run's tab «{tab['name']}»" in sentence
    assert f"in the menu «{menu['name']}»" in sentence
    assert "preview/x" in sentence


def test_an_alert_leads_to_the_page_on_what_waits(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "https://airflow.example.org/our/")
    start, _, route = str(links.waiting_url()).partition(PATH)
    assert start == "https://airflow.example.org/our/"
    assert route in {path for each in decisions_page.router.routes if (path := getattr(each, "path", None))}
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "")
    assert links.waiting_url() is None
