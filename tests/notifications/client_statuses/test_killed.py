"""Whatever kills the tasks of client statuses: each event is told once, or somebody sees that it is unknown."""

from __future__ import annotations

import pytest

from sancrm_notifications.notifications.client_statuses import tasks
from tests.notifications.client_statuses.killing import WRITERS, play

pytestmark = pytest.mark.timeout(240)

COMMENTS, KILLS = 320, 4


def test_of_comments_that_eight_clients_write_none_is_lost_or_told_twice(open_workshop):
    # Of the forty clients no person is to be asked.
    found = play(open_workshop(tasks, bulk_above=10_000), comments=COMMENTS, kills=KILLS, seed=1)
    print(found)  # noqa: T201 - what the run was
    assert found.committed == COMMENTS // WRITERS * WRITERS
    assert (found.lost, found.twice) == (0, 0)
    assert found.told + found.held >= found.committed
