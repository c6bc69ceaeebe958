"""The documents say what the code does: links, commands, settings, states, tables; what code cites exists."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import airflow
import pytest
from airflow.sdk.configuration import conf

from local import events_table, settings_table
from sancrm_notifications.checks.timetables import calendar_lines, schedule_lines
from sancrm_notifications.delivery.destinations import CHAINS
from sancrm_notifications.event_texts import EVENTS

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
TEXTS = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in DOCUMENTS}
DELIVERY = TEXTS["docs/delivery.md"]
MIGRATIONS = ROOT / "plugins" / "sancrm_notifications" / "ledger" / "migrations"
WIDTH = 120
# What a docstring names as the source of its rules: a document, and perhaps some of its headings.
CITATION = re.compile(r"Source: (docs/\w+\.md)(?:, ([A-Z][^.]*))?\.")
ROOMS = ("dags", "plugins", "include", "tests")
each_document = pytest.mark.parametrize("document", TEXTS)


def _prose(text: str) -> str:
    return re.sub(r"^ *```.*?^ *```", "", text, flags=re.DOTALL | re.MULTILINE)


def _headings(text: str) -> list[str]:
    return re.findall(r"^#+ (.+)$", _prose(text), re.MULTILINE)


def _anchor(heading: str) -> str:
    """Return what a link to a heading ends with, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _cited() -> list[tuple[str, str, str]]:
    files = [file for room in ROOMS for file in sorted((ROOT / room).rglob("*.py"))]
    found = [(file, CITATION.findall(file.read_text(encoding="utf-8"))) for file in files]
    return [(str(file.relative_to(ROOT)), *citation) for file, citations in found for citation in citations]


@each_document
def test_what_is_linked_exists_to_the_heading(document: str) -> None:
    wrong = []
    for path, anchor in re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", TEXTS[document]):
        file = (ROOT / document).parent / path if path else ROOT / document
        known = [_anchor(heading) for heading in _headings(file.read_text("utf-8"))] if anchor and file.exists() else []
        if not file.exists() or (anchor and anchor not in known):
            wrong.append(f"{path}#{anchor}")
    assert wrong == []


@each_document
def test_lines_are_wrapped(document: str) -> None:
    lines = _prose(TEXTS[document]).splitlines()
    assert [line for line in lines if len(line) > WIDTH and not line.lstrip().startswith("|")] == []


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    said = "\n".join(TEXTS.values())
    named = set(re.findall(r"(?:^ *|`|TELEGRAM_CHAT_ID=\S+ )make ([a-z-]+)", said, re.MULTILINE))
    assert {"demo", "test", "check-contract", "backfill"} <= named
    assert named <= targets


def test_every_module_that_is_run_is_there() -> None:
    named = set(re.findall(r"python -m ([a-z_.]+\w)", "\n".join(TEXTS.values()))) - {"pytest"}
    assert {"sancrm_notifications.backfill", "local.import_airflow_settings", "local.settings_table"} <= named
    stems = [f"{folder}{module.replace('.', '/')}" for module in named for folder in ("", "plugins/")]
    files = [f"{stem}{end}" for stem in stems for end in (".py", "/__main__.py")]
    assert sum((ROOT / file).is_file() for file in files) == len(named)


def test_every_file_of_the_code_that_is_named_exists() -> None:
    roots = [ROOT, ROOT / "plugins" / "sancrm_notifications"]
    # The one names what was, the other what its recipe makes.
    said = "\n".join(text for name, text in TEXTS.items() if name not in {"CHANGELOG.md", "docs/new_notification.md"})
    named = set(re.findall(r"`((?:\w+/)+\w+\.(?:py|sql))`", _prose(said)))
    assert named
    assert [path for path in named if not any((root / path).is_file() for root in roots)] == []


def test_the_tables_of_settings_are_the_codes() -> None:
    text = TEXTS["docs/settings.md"]
    assert "| `branch_chats` |" in text
    assert "| `timezone` |" in text
    assert settings_table.documented(text) == text, "python -m local.settings_table makes it anew"


def test_the_table_of_events_is_the_codes() -> None:
    text = TEXTS["docs/events.md"]
    rows = re.findall(r"^\| (client|staff) \| `(\w+)` \| `(\w+)` \| (yes|no|as of one) \|", text, re.MULTILINE)
    told = {"yes": True, "no": False, "as of one": True}
    assert {(audience, event): (dag, told[said]) for audience, event, dag, said in rows} == {
        key: (each.dag_id, each.is_shipped_on) for key, each in EVENTS.items()
    }
    assert events_table.documented(text) == text, "python -m local.events_table makes it anew"


def test_every_setting_is_explained() -> None:
    rows = [row for table in settings_table.tables().values() for row in table.splitlines()[2:]]
    assert rows
    assert [row for row in rows if row.endswith("|  |")] == []


def test_every_option_that_schedules_read_is_there_with_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    read: dict[str, str] = {}

    def default(section: str, option: str, *, fallback: str = "") -> str:
        assert section == "sancrm_notifications"
        read[option] = fallback
        return fallback

    monkeypatch.setattr(conf, "get", default)
    assert list(schedule_lines())
    assert list(calendar_lines())
    assert read == {option: default for option, (default, _) in settings_table.OPTIONS.items()}


def test_the_folders_are_copied_whole_and_the_backfill_runs_from_them(tmp_path: Path) -> None:
    (copying,) = re.findall(r"^ *(cp -r .+)$", TEXTS["docs/deploying.md"], re.MULTILINE)
    running = re.findall(
        r"^(PYTHONPATH=.+ python -m sancrm_notifications\.backfill)", TEXTS["docs/operations.md"], re.M
    )
    environment = {**os.environ, "AIRFLOW_HOME": str(tmp_path), "PATH": f"{Path(sys.executable).parent}:{os.defpath}"}
    subprocess.run(["bash", "-ec", copying], cwd=ROOT, env=environment, check=True)
    assert (tmp_path / "plugins" / ".airflowignore").is_file()

    command = ["bash", "-ec", f"{running[0]} --help"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, "AIRFLOW_API_URL" in done.stdout) == (0, True), done.stderr


def test_the_backfill_form_is_told_of_in_airflows_own_words() -> None:
    locale = Path(airflow.__path__[0]) / "ui" / "dist" / "i18n" / "locales" / "en"
    words = json.loads((locale / "components.json").read_text(encoding="utf-8"))["backfill"]
    table = json.loads((locale / "common.json").read_text(encoding="utf-8"))["table"]
    keys = ("selectLabel", "dateRange", "reprocessBehavior", "allRuns", "maxRuns", "backwards")
    labels = {words[key] for key in keys} | {table["from"], table["to"]}
    about = TEXTS["docs/operations.md"].split("In the UI it is")[1].split("\n## ")[0]
    assert set(re.findall(r"\*([^*]+)\*", about.replace("*Trigger → Backfill*", "*Backfill*"))) == labels


def test_every_state_that_the_ledger_knows_is_drawn_or_explained() -> None:
    section = DELIVERY.split("## The life of a message")[1].split("\n## ")[0]
    checked = re.search(r"check \(\s*state in \((.*?)\)", _migrations(), re.DOTALL)
    assert checked
    states = re.findall(r"'(\w+)'", checked[1])
    assert len(states) > 5
    assert [state for state in states if state not in section] == []


def test_every_destination_falls_back_as_the_table_says() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ((?:`telegram_\w+`(?:, )?)+) \|$", DELIVERY, re.MULTILINE)
    assert {name: tuple(re.findall(r"`(\w+)`", chain)) for name, chain in rows} == CHAINS


def _migrations() -> str:
    return "".join(file.read_text(encoding="utf-8") for file in sorted(MIGRATIONS.glob("*.sql")))


def test_every_state_of_the_ledger_is_explained() -> None:
    migrations = "".join(file.read_text(encoding="utf-8") for file in sorted(MIGRATIONS.glob("*.sql")))
    states = re.findall(r"'(\w+)'", re.findall(r"state in \(([^)]*)\)\s*\)", migrations)[-1])
    section = DELIVERY.split("## The life of a message")[1].split("\n## ")[0]
    assert "not_wanted" in states
    assert [state for state in states if not re.search(rf"\b{state}\b", section)] == []


def test_every_table_of_the_ledger_is_named() -> None:
    tables = set(re.findall(r"create table notifications\.(\w+)", _migrations()))
    section = DELIVERY.split("## What the ledger keeps")[1].split("\n## ")[0]
    assert tables
    named = "".join(re.findall(r"^\| (`[^|]+)\|", section, re.MULTILINE))
    assert set(re.findall(r"`(\w+)`", named)) == tables | {"versions"}


@pytest.mark.parametrize(("file", "document", "cited"), _cited())
def test_what_is_cited_exists(file: str, document: str, cited: str) -> None:
    assert document in TEXTS, f"{file} cites {document}"
    assert set(filter(None, cited.split("; "))) <= set(_headings(TEXTS[document])), f"{file} cites {document}, {cited}"


def test_something_is_cited() -> None:
    assert len(_cited()) > 5
