"""The README says what the code does: its settings table is the model's, its commands and files exist."""

from __future__ import annotations

import re
from pathlib import Path

from sancrm_notifications.schedules import CRON
from sancrm_notifications.settings import Settings
from sancrm_notifications.settings_table import table

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_settings_table_is_the_models() -> None:
    shown = re.search(r"<!-- settings -->\n(.*)\n<!-- /settings -->", README, re.DOTALL)
    assert shown is not None
    assert shown[1] == table(), "python -m sancrm_notifications.settings_table makes it anew"


def test_every_setting_is_explained() -> None:
    rows = table().splitlines()[2:]
    assert len(rows) > len(Settings.model_fields)
    assert [row for row in rows if row.endswith("|  |")] == []


def test_every_schedule_is_named_with_its_default() -> None:
    assert [kind for kind, cron in CRON.items() if f"| `profitability_{kind}_cron` | `{cron}` |" not in README] == []


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:^|`|TELEGRAM_CHAT_ID=\S+ )make ([a-z-]+)", README, re.MULTILINE))
    assert named
    assert named <= targets


def test_every_file_that_is_linked_exists() -> None:
    linked = re.findall(r"\]\(([^)#:]+)\)", README)
    assert linked
    assert [path for path in linked if not (ROOT / path).exists()] == []
