"""The lines of docs/backups.md that a backup script runs, run as they stand there."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from local.telegram_choice import STAND_IN_CHATS

if TYPE_CHECKING:
    from tests.installation.installation import Installation

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(not shutil.which("curl"), reason="the documented lines need curl"),
]

DOCUMENT = Path(__file__).parents[2] / "docs" / "backups.md"
CHAT_ID = int(STAND_IN_CHATS["telegram_backups"][0])


def documented(words: str) -> str:
    """Return the shell block that holds these words."""
    blocks = re.findall(r"```bash\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    [block] = [block for block in blocks if words in block]
    return str(block)


def test_the_documented_lines_bring_a_failure_into_the_chat(started_installation: Installation, tmp_path: Path) -> None:
    installation, services = started_installation, started_installation.services
    log = 'строка\nошибка: "диск" \\ полон\n'.encode() + "отказано\n".encode("cp1251")
    (tmp_path / "backup.log").write_bytes(log)
    login = documented("/auth/token").replace('"backup"', f'"{services.user}"').replace("…", services.password)
    script = f"AIRFLOW_URL={services.airflow_url}\n{login}\n{documented('dagRuns')}"
    installation.unpause("backup_failures")

    subprocess.run(["bash", "-eu", "-c", script], cwd=tmp_path, check=True, env={"PATH": "/usr/bin:/bin"})
    run = installation.trigger("backup_failures")  # one at a time: it ends after the script's
    assert run.finished() == "success"
    installation.pause("backup_failures")

    assert any("ошибка: диск полон" in message["text"] for message in installation.chat.messages(CHAT_ID))
