"""What buttons send back: only what one of ours sends is understood, and it fits Telegram's limit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sancrm_notifications.text.buttons import (
    LONGEST_DATA_BYTES,
    Action,
    ActionButton,
    Button,
    links,
    pressed,
    stored,
    without_action,
    without_actions,
)

LINK = Button("Открыть в CRM", "https://crm.example.org/repairs/7")
CALLED = ActionButton("Позвонил", Action.CALLED, 12841)
ROWS = stored([[LINK, CALLED], [CALLED], [LINK]])


@given(st.sampled_from(Action), st.integers(0, 2**63 - 1))
def test_what_a_button_sends_back_is_understood_and_fits(action: Action, about: int) -> None:
    ((button,),) = stored([[ActionButton("Текст", action, about)]])
    assert pressed(button["callback_data"]) == (action, about)
    assert len(button["callback_data"].encode()) <= LONGEST_DATA_BYTES


@pytest.mark.parametrize(
    "data",
    ["", "called", "called:", "called:-1", "called:1e9", "called:٣", "called:07", "CALLED:7", "sold:7", "called:7 "],
)
def test_what_no_button_of_ours_sends_back_is_not_understood(data: str) -> None:
    assert pressed(data) is None


@given(st.text())
def test_anything_may_come_back(data: str) -> None:
    found = pressed(data)
    assert found is None or f"{found[0]}:{found[1]}" == data


def test_a_number_that_would_not_come_back_whole_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot send back"):
        stored([[ActionButton("Позвонил", Action.CALLED, -1)]])
    with pytest.raises(ValueError, match="64 bytes"):
        stored([[ActionButton("Позвонил", Action.CALLED, 10**60)]])


def test_without_a_listener_links_are_left_and_no_empty_row() -> None:
    assert without_actions(ROWS) == stored([[LINK], [LINK]])
    assert links(ROWS) == [(LINK.text, LINK.url)] * 2


def test_a_pressed_button_goes_and_others_stay() -> None:
    other = ActionButton("Позвонил", Action.CALLED, 12842)
    rows = stored([[LINK, CALLED], [CALLED], [other]])
    assert without_action(rows, Action.CALLED, 12841) == stored([[LINK], [other]])
