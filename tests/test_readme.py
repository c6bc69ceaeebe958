"""The README says what the code does: its settings table is the model's, its commands and files exist."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import airflow

from local.settings_table import table
from sancrm_notifications.schedule.crons import TIMES
from sancrm_notifications.settings import Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_settings_table_is_the_models() -> None:
    shown = re.search(r"<!-- settings -->\n(.*)\n<!-- /settings -->", README, re.DOTALL)
    assert shown is not None
    assert shown[1] == table(), "python -m local.settings_table makes it anew"


def test_every_setting_is_explained() -> None:
    rows = table().splitlines()[2:]
    assert len(rows) > len(Settings.model_fields)
    assert [row for row in rows if row.endswith("|  |")] == []


def test_every_schedule_is_named_with_its_default() -> None:
    assert [name for name, times in TIMES.items() if f"| `{name}_cron` | `{times.cron}`" not in README] == []


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:^|`|TELEGRAM_CHAT_ID=\S+ )make ([a-z-]+)", README, re.MULTILINE))
    assert named
    assert named <= targets


def test_every_file_that_is_linked_exists() -> None:
    linked = re.findall(r"\]\(([^)#:]+)\)", README)
    assert linked
    assert [path for path in linked if not (ROOT / path).exists()] == []


def test_every_module_that_is_run_is_there_and_says_how_to_use_it() -> None:
    named = set(re.findall(r"python -m ([a-z_.]+)", README))
    assert {"sancrm_notifications.backfill", "local.import_airflow_settings"} <= named
    stems = [f"{folder}{module.replace('.', '/')}" for module in named for folder in ("", "plugins/")]
    files = [f"{stem}{end}" for stem in stems for end in (".py", "/__main__.py")]
    assert sum((ROOT / file).is_file() for file in files) == len(named)


def test_the_folders_are_copied_whole_and_the_backfill_runs_from_them(tmp_path: Path) -> None:
    (copying,) = re.findall(r"^ *(cp -r .+)$", README, re.MULTILINE)
    (running,) = re.findall(r"^(PYTHONPATH=.+ python -m sancrm_notifications\.backfill)", README, re.MULTILINE)
    environment = {**os.environ, "AIRFLOW_HOME": str(tmp_path), "PATH": f"{Path(sys.executable).parent}:{os.defpath}"}
    subprocess.run(["bash", "-ec", copying], cwd=ROOT, env=environment, check=True)
    assert (tmp_path / "plugins" / ".airflowignore").is_file()

    command = ["bash", "-ec", f"{running} --help"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, "AIRFLOW_API_URL" in done.stdout) == (0, True), done.stderr


def test_the_backfill_form_is_told_of_in_airflows_own_words() -> None:
    locale = Path(airflow.__path__[0]) / "ui" / "dist" / "i18n" / "locales" / "en"
    words = json.loads((locale / "components.json").read_text(encoding="utf-8"))["backfill"]
    table = json.loads((locale / "common.json").read_text(encoding="utf-8"))["table"]
    keys = ("selectLabel", "dateRange", "reprocessBehavior", "allRuns", "maxRuns", "backwards")
    labels = {words[key] for key in keys} | {table["from"], table["to"]}
    about = README[README.index("In the UI it is") : README.index("**Send one report again")]
    assert set(re.findall(r"\*([^*]+)\*", about.replace("*Trigger → Backfill*", "*Backfill*"))) == labels
