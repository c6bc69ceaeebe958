"""How near a delivery comes to Telegram's limits: the bound, the judgement, and the measurement at a tiny size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import delivery_speed
from benchmarks.delivery_bound import Load, soonest_seconds, starts
from benchmarks.delivery_outcome import judge
from benchmarks.delivery_scenarios import SCENARIOS, SUMMARY_CHAT, Scenario, shared_out
from benchmarks.delivery_speed import CONTENDERS
from benchmarks.ledgers import Ledgers

if TYPE_CHECKING:
    from tests.conftest import Databases

TWO_GROUPS = Scenario("two_groups", "two groups × 2", (Load(2),) * 2, 1.05, has_summary=True, is_gentle=True)


@pytest.mark.parametrize(("count", "seconds"), [(1, 0), (20, 19), (21, 60), (41, 120), (100, 259)])
def test_the_bound_of_one_group_is_its_chats(count, seconds):
    assert soonest_seconds([Load(count)]) == seconds


@pytest.mark.parametrize(
    ("loads", "seconds"),
    [
        ([Load(1, is_group=False)] * 30, 0),
        ([Load(1, is_group=False)] * 31, 1),
        ([Load(1, is_group=False)] * 300, 9),
        ([Load(100, is_group=False)], 99),
        ([Load(25)] * 5, 64),
        ([Load(20)] * 45, 29),
        ([Load(21)] * 45, 61),  # after a minute 45 messages are left, which take a second more
        ([Load(21), *[Load(1, is_group=False)] * 3000], 100),
    ],
)
def test_the_bound_of_many_chats_is_the_bots_where_that_is_later(loads, seconds):
    assert soonest_seconds(loads) == seconds


@given(st.lists(st.builds(Load, st.integers(1, 50), st.booleans()), min_size=1, max_size=40))
def test_the_bound_is_never_later_than_sending_as_soon_as_each_limit_allows(loads):
    taken: list[int] = []
    for start in sorted(start for load in loads for start in starts(load)):
        second = start
        while taken.count(second) >= 30:
            second += 1
        taken.append(second)

    assert max(starts(load)[-1] for load in loads) <= soonest_seconds(loads) <= max(taken)


def test_what_is_promised_is_measured():
    assert {scenario.name: (scenario.bound_seconds, scenario.at_most) for scenario in SCENARIOS} == {
        "one_group": (259, 1.05),
        "five_groups": (64, 1.05),
        "many_groups": (29, 1.05),
        "private_chats": (9, 1.10),
    }
    assert sum(contender.is_ours for contender in CONTENDERS) == 3


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_batches_share_every_message_and_every_chat(scenario):
    messages = scenario.messages()

    shares = shared_out(messages, 4)

    assert sorted((one for share in shares for one in share), key=lambda one: one.number) == messages
    assert max(map(len, shares)) - min(map(len, shares)) <= len(scenario.loads)
    assert {one.chat_id for one in messages} == set(scenario.chat_ids)


def test_an_outcome_is_what_the_stand_in_accepted():
    first, second, summary = Scenario("", "", (Load(2),), 1.0, has_summary=True).messages()
    assert summary.chat_id == SUMMARY_CHAT

    outcome = judge(
        [first, second, summary],
        [
            _request(first.chat_id, first.html, 10.5),
            _request(first.chat_id, first.html, 12.0),
            _request(second.chat_id, second.html, 12.1, status=429),
            _request(summary.chat_id, summary.html, 13.0),
            _request(0, "", 99.0, method="getMe"),
        ],
        began_at=10.0,
        is_stopped=False,
    )

    assert (outcome.messages, outcome.requests, outcome.refused) == (3, 4, 1)
    assert (outcome.missing, outcome.repeated) == (1, 1)
    assert outcome.seconds == 3.0
    assert outcome.refused_share == 0.25


def _request(chat_id: int, text: str, arrived_at: float, *, status: int = 200, method: str = "sendMessage"):
    return {
        "method": method,
        "chat_id": chat_id,
        "text": text,
        "arrived_at": arrived_at,
        "status": status,
        "is_sent": status == 200 and method == "sendMessage",
    }


def test_the_command_line_chooses_scenarios_and_contenders():
    scenarios, contenders = delivery_speed.chosen(["one_group", "ours", "operator"])
    assert [one.name for one in scenarios] == ["one_group"]
    assert [one.name for one in contenders] == ["ours", "operator"]
    assert delivery_speed.chosen([]) == (list(SCENARIOS), list(CONTENDERS))
    with pytest.raises(ValueError, match="three_groups"):
        delivery_speed.chosen(["three_groups"])


@pytest.mark.timeout(180)
def test_every_way_of_sending_is_measured_by_what_arrives(databases: Databases):
    _, contenders = delivery_speed.chosen(["four_batches", "rate_limiter", "operator"])

    answer = delivery_speed.compare(Ledgers(databases.conninfo), [TWO_GROUPS], contenders, runs=1)

    refused, wrong = answer.rows[-2:]
    assert refused.what.endswith("429s of all requests, the most")
    assert (wrong.measured.median, wrong.is_held) == (0, True)
    table = [line for line in answer.remarks[0].splitlines() if line.startswith("| two groups")]
    assert len(table) == 3
    assert all(line.split("|")[6].strip() == "5" for line in table)
