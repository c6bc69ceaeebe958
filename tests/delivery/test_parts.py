"""A text in several parts arrives whole, in order and within the limit, whatever is added and whoever renews it."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg
import pytest

from sancrm_notifications.text.buttons import Button
from sancrm_notifications.text.delivery_notes import mark_repeat, name_missing
from tests.desk import DAY, STAFF, report
from tests.tdlib import shown_text, utf16_length

if TYPE_CHECKING:
    from tests.desk import Desk

LIMIT = 4096
BUTTON = Button("Открыть в CRM", "https://crm.example.com/repairs/7")
LINES = "<b>Строка отчёта</b> &amp; ещё немного слов.\n" * 400
TEXTS = {
    "lines": LINES,
    "one word": "б" * 20_000,
    "emoji": "😀" * 9_000,
    "families": "👩\u200d🔧 " * 2_000,
    "entities": "&lt;" * 9_000,
    "one bold": f"<b>{'жирно ' * 2_000}</b>",
    "preformatted": f"<pre>{'1 234 567 ₽  ' * 900}</pre>",
}
MISSING = [(f"{'😀' * 50} & <Филиал № {number}>", "боту запрещено писать") for number in range(40)]


# Short labels fill the list to its last character.
SHORT_LABELS = [(f"Ф{number}", "") for number in range(10, 500)]


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_every_part_fits_with_all_that_delivery_may_add(desk: Desk, text: str) -> None:
    desk.store(report("network", text))
    parts = [row["html"] for row in desk.rows("select html from notifications.messages order by message_id")]
    assert len(parts) > 1
    for part, missing in itertools.product(parts, (MISSING, SHORT_LABELS)):
        assert utf16_length(shown_text(mark_repeat(name_missing(part, missing)))) <= LIMIT


@pytest.mark.parametrize("plain", [False, True])
def test_a_full_part_arrives_with_its_repeat_note_its_missing_list_and_its_link(desk: Desk, *, plain: bool) -> None:
    desk.stand_in.create_chat(-1002, "Центр")
    desk.stand_in.kick(-1002)
    desk.chats["branch:1"] = -1002
    gone = [replace(report(f"branch:{n}", destination="branch:1"), label=label) for n, (label, _) in enumerate(MISSING)]
    desk.store(*gone, report("network", "😀" * 3_490, closes_batch=True, buttons=((BUTTON,),)))
    with psycopg.connect(desk.conninfo) as connection:
        change = "update notifications.messages set possible_repeats = 1, plain = %s where closes_batch"
        connection.execute(change, (plain,))

    assert desk.deliver() == {"parked": 40, "sent": 2}

    first, last = desk.texts()
    assert first.startswith("Возможный повтор")
    assert "Не доставлены отчёты" not in first
    assert last.startswith("Возможный повтор")
    assert "Не доставлены отчёты: 😀" in last
    assert "№" not in last, "a long label is cut"
    assert "; ещё 37." in last
    assert last.endswith(BUTTON.url) is plain


def test_a_preview_is_never_delivered(desk: Desk) -> None:
    preview = replace(DAY, name=f"preview/{DAY.name}/manual__1", is_preview=True)
    desk.store(report("branch:1", "Просмотр"), batch=preview)
    desk.store(report("branch:1", "Отчёт"))

    assert desk.deliver(preview) == {"preview": 1}
    assert desk.deliver() == {"sent": 1}

    assert desk.texts() == ["Отчёт"]


def _deliver_the_first_part_only(desk: Desk) -> None:
    """Let the second part fail for good, so that it stays parked."""
    desk.stand_in.plan_fault("error", method="sendMessage", text="Часть 2", status=403, times=1)
    assert desk.deliver()["sent"] == 1


def test_a_text_renewed_half_way_is_not_mixed_from_two_versions(desk: Desk) -> None:
    desk.store(report("network", "старая строка\n" * 400))
    _deliver_the_first_part_only(desk)

    desk.store(report("network", "новая строка\n" * 400))
    desk.deliver()

    assert len(desk.texts()) == 2
    assert not any("новая" in text for text in desk.texts()), "the chat would hold half of each"


def test_a_longer_text_after_the_message_was_sent_leaves_no_stray_part(desk: Desk) -> None:
    desk.store(report("network", "строка\n" * 100))
    desk.deliver()

    desk.store(report("network", "строка\n" * 1000))
    desk.deliver()

    assert len(desk.stand_in.messages(STAFF)) == 1


def test_parts_stay_together_when_a_text_grows_before_it_is_sent(desk: Desk) -> None:
    desk.store(report("branch:1", "Первый"), report("branch:2", "Второй"))

    desk.store(report("branch:1", "Первый\n" * 1000), report("branch:2", "Второй"))
    desk.deliver()

    assert [text.split()[0] for text in desk.texts()] == ["Второй", "Первый", "Первый"]
