"""The watch through a real Airflow: a script's report by REST, the same seen in the view, and the daily check."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from local.telegram_choice import STAND_IN_CHATS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.installation.installation import Installation

pytestmark = pytest.mark.timeout(600)

WATCH, CHECK = "backup_failures", "check_connections"
CHAT_ID = int(STAND_IN_CHATS["telegram_backups"][0])
FAILED_AT = datetime.now(UTC) - timedelta(minutes=2)
ERROR = "rsync: на диске <kopii> нет места"


@pytest.fixture
def watched(installation: Installation) -> Iterator[Installation]:
    """Let the watch run and tell what the demo CRM has; leave it as it was."""
    installation.unpause(WATCH)
    assert installation.trigger(WATCH).finished() == "success"
    yield installation
    installation.pause(WATCH)
    installation.crm("delete from crm.backups where backup_id = 990001")


def test_a_reported_failure_is_told_at_once_and_not_again_when_the_view_has_it(watched):
    before = watched.chat.messages(CHAT_ID)

    report = {"database": "sancrm", "failed_at": FAILED_AT.isoformat(), "error": ERROR}
    assert watched.trigger(WATCH, **report).finished() == "success"
    told = watched.chat.messages(CHAT_ID)[len(before) :]
    assert len(told) == 1
    assert "sancrm" in told[0]["text"]
    assert ERROR in told[0]["text"]
    assert not told[0]["is_silent"]

    started_at = FAILED_AT - timedelta(minutes=3)
    watched.crm(
        "insert into crm.backups (backup_id, database_name, started_at, finished_at, status, error)"
        f" values (990001, 'sancrm', '{started_at}', '{FAILED_AT}', 'failed', '{ERROR}')"
    )
    run = watched.trigger(WATCH)
    assert run.finished() == "success"
    assert len(watched.chat.messages(CHAT_ID)) == len(before) + 1
    assert run.states()["deliver"] == "skipped"


def test_a_healthy_installation_passes_the_check_of_connections(installation):
    installation.unpause(CHECK)
    run = installation.trigger(CHECK)
    assert run.finished() == "success", [run.log(task) for task, state in run.states().items() if state != "success"]
    installation.pause(CHECK)
