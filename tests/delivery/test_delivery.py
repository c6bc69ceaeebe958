"""A batch arrives once, in order, and the ledger says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.delivery.conftest import report

if TYPE_CHECKING:
    from tests.delivery.conftest import Desk


def test_messages_arrive_in_order_and_once(desk: Desk) -> None:
    desk.store(report("branch:1", "<b>Первый</b>"), report("branch:2", "Второй"), report("network", "Сводка"))

    assert desk.deliver() == {"sent": 3}
    assert desk.deliver() == {"sent": 3}

    assert desk.texts() == ["Первый", "Второй", "Сводка"]
