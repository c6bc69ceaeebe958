"""Two and a half thousand events, killed two dozen times; run by `make test-faults` because it takes minutes."""

from __future__ import annotations

import pytest

from sancrm_notifications.notifications.client_statuses import tasks
from tests.notifications.client_statuses.killing import WRITERS, play

pytestmark = pytest.mark.timeout(600)

EVENTS, KILLS = 2_500, 24


@pytest.mark.parametrize("seed", [1, 2])
def test_of_what_eight_clients_write_nothing_is_lost_or_told_twice(open_workshop, seed):
    found = play(open_workshop(tasks, bulk_above=10_000), comments=EVENTS, kills=KILLS, seed=seed)
    print(found)  # noqa: T201 - what the run was
    assert found.committed == EVENTS // WRITERS * WRITERS
    assert (found.lost, found.twice) == (0, 0)
