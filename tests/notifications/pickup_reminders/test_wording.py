"""The texts of reminders as they ship."""

from __future__ import annotations

from pathlib import Path

import pytest

from sancrm_notifications.notifications.pickup_reminders import wording
from sancrm_notifications.notifications.pickup_reminders.wording import EVENTS, NAMES, default_text
from tests.tdlib import shown_text

FILES = sorted(file.stem for file in (Path(wording.__file__).parent / "texts").glob("*.html"))


def test_there_is_a_text_for_every_event_and_no_other():
    assert sorted(EVENTS) == FILES


@pytest.mark.parametrize("event", FILES)
def test_it_reads_well_with_everything_known_and_with_nothing(event, golden):
    text = default_text(event)
    examples = {name: said.example for name, said in NAMES.items()}
    full, bare = text.render(examples), text.render({"code": "A-12841", "tools": "• A-12841"})
    golden.check(f"{event}.txt", f"{shown_text(full)}\n\n――――――\n\n{shown_text(bare)}")
