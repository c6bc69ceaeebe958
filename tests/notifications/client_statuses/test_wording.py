"""The texts that ship: every one can be read, and says what a client needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from sancrm_notifications.notifications.client_statuses import wording
from sancrm_notifications.notifications.client_statuses.messages import WITHDRAWN
from sancrm_notifications.notifications.client_statuses.rules import SEVERAL_READY
from sancrm_notifications.notifications.client_statuses.wording import NAMES, SHIPPED_ON, default_text
from sancrm_notifications.text.repair_statuses import STATUSES
from tests.tdlib import shown_text

FILES = sorted(file.stem for file in (Path(wording.__file__).parent / "texts").glob("*.html"))
EVENTS = sorted({*STATUSES, *SHIPPED_ON, SEVERAL_READY, WITHDRAWN} - {"new"})


def test_there_is_a_text_for_every_event_that_is_told_and_no_other():
    assert FILES == EVENTS


@pytest.mark.parametrize("event", EVENTS)
def test_it_reads_well_with_everything_known_and_with_nothing(event, golden):
    text = default_text(event)
    examples = {name: said.example for name, said in NAMES.items()}
    full, bare = text.render(examples), text.render({"code": "A-12841", "comment": "Ставим.", "tools": "• A-12841"})
    golden.check(f"{event}.txt", f"{shown_text(full)}\n\n――――――\n\n{shown_text(bare)}")
