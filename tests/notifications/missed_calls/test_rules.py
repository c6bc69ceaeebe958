"""Who is told and what changes, decided from what was told before: days, episodes, groups, edits that were lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sancrm_notifications.ledger.callbacks import Called
from sancrm_notifications.ledger.history import StoredMessage
from sancrm_notifications.notifications.missed_calls.figures import DIGEST_REPAIRS
from sancrm_notifications.notifications.missed_calls.mentions import MOST_NOTICES, KnownMessage, Mention
from sancrm_notifications.notifications.missed_calls.routing import FOR_ALL, destination
from sancrm_notifications.notifications.missed_calls.rules import Group, History

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

MOSCOW = ZoneInfo("Europe/Moscow")
NOW = datetime(2026, 11, 20, 14, 5, tzinfo=MOSCOW)
TODAY = NOW.date()
THURSDAY, WEDNESDAY = date(2026, 11, 19), date(2026, 11, 18)
ALONE = Group(FOR_ALL, (1,), is_first=True)
AT_TEN = datetime(2026, 11, 19, 10, tzinfo=MOSCOW)


def mention(repair_id: int, times: int = 1, called_at: datetime | None = None) -> Mention:
    return Mention(repair_id, 7, repair_id, f"B-{repair_id}", None, times, called_at)


def known(
    day: date,
    *mentions: Mention,
    state: str = "sent",
    is_in_chat: bool | None = None,
    shown_waiting: Collection[int] = (),
    destination: str = FOR_ALL,
) -> KnownMessage:
    """Return a message that was told on a day."""
    in_chat = state == "sent" if is_in_chat is None else is_in_chat
    subject = f"repair:{mentions[0].repair_id}"
    return KnownMessage(day, subject, destination, mentions, state, in_chat, frozenset(shown_waiting))


def history(*messages: KnownMessage) -> History:
    return History(NOW, messages)


def groups(past: History, waiting: Sequence[int], digest_above: int) -> tuple[tuple[int, ...], ...]:
    """Return who shares messages to the chat for all."""
    found = list(past.groups(waiting, dict.fromkeys(waiting, FOR_ALL), digest_above))
    assert [group.is_first for group in found] == [number == 0 for number in range(len(found))]
    return tuple(group.repair_ids for group in found)


class TestReadingTheLedger:
    """What is made of the ledger's rows."""

    @staticmethod
    def told(period: str, state: str, *, is_in_chat: bool) -> StoredMessage:
        figures = {"repairs": [mention(1, called_at=NOW).figures()]}
        shown = {"repairs": [mention(1).figures()]}
        return StoredMessage(period, "repair:1", "missed_calls", state, figures, AT_TEN, AT_TEN, is_in_chat, shown)

    def test_a_mention_comes_back_as_it_was_written(self) -> None:
        (message,) = History.from_ledger(NOW, [self.told("2026-11-19", "sent", is_in_chat=True)]).messages
        assert message == known(THURSDAY, mention(1, called_at=NOW), shown_waiting={1})

    def test_figures_of_another_version_are_read(self) -> None:
        assert Mention.from_figures({**mention(1).figures(), "is_noticed_again": True}) == mention(1)

    def test_what_never_reached_the_chat_is_forgotten_after_its_day(self) -> None:
        rows = [
            self.told("2026-11-19", "expired", is_in_chat=False),
            self.told("2026-11-20", "stored", is_in_chat=False),
        ]
        assert [message.day for message in History.from_ledger(NOW, rows).messages] == [TODAY]


class TestEpisodes:
    """How often, and since when, a repair has been told."""

    def test_days_of_an_episode_are_counted(self) -> None:
        past = history(known(WEDNESDAY, mention(1, 1)), known(THURSDAY, mention(2), mention(1, 2)))
        assert [past.times(repair_id) for repair_id in (1, 2, 3)] == [3, 2, 1]
        assert past.first_notified_on(1, TODAY) == WEDNESDAY
        assert past.first_notified_on(1, WEDNESDAY) is None
        assert past.first_notified_on(3, TODAY) is None

    def test_a_call_ends_an_episode(self) -> None:
        past = history(known(WEDNESDAY, mention(1, 5, AT_TEN)), known(THURSDAY, mention(1, 1)))
        assert past.times(1) == 2
        assert past.first_notified_on(1, TODAY) == THURSDAY

    def test_todays_own_message_does_not_count_for_itself(self) -> None:
        assert history(known(TODAY, mention(1, 1))).times(1) == 1


class TestGroups:
    """Who is told singly and who in digests."""

    @pytest.mark.parametrize(
        ("waiting", "singles", "digests"),
        [(0, 0, []), (1, 1, []), (20, 20, []), (21, 21, []), (22, 20, [2]), (31, 21, [10]), (150, 20, [10] * 13)],
    )
    def test_twenty_singly_and_the_rest_in_tens(self, waiting: int, singles: int, digests: list[int]) -> None:
        found = groups(history(), list(range(waiting)), 20)
        assert [len(group) for group in found] == [1] * singles + digests

    def test_what_was_told_today_counts_and_is_not_told_again(self) -> None:
        today = history(known(TODAY, mention(1)), known(TODAY, mention(2), mention(3)))
        assert groups(today, [1, 2, 3, 4, 5, 6], 2) == ((4,), (5, 6))

    def test_who_was_called_and_flagged_again_today_is_not_told_twice_in_a_day(self) -> None:
        assert groups(history(known(TODAY, mention(1, called_at=NOW))), [1], 20) == ()

    def test_what_was_told_yesterday_is_told_again(self) -> None:
        assert groups(history(known(THURSDAY, mention(1))), [1], 20) == ((1,),)

    @given(
        st.lists(st.integers(1, 60), unique=True),
        st.lists(st.integers(1, 60), unique=True),
        st.integers(0, 25),
    )
    def test_everyone_who_waits_is_told_exactly_once_a_day(
        self, waiting: list[int], told: list[int], digest_above: int
    ) -> None:
        today = history(*(known(TODAY, mention(repair_id)) for repair_id in told))
        found = groups(today, waiting, digest_above)
        new = [repair_id for group in found for repair_id in group]
        assert sorted([*new, *told]) == sorted({*waiting, *told})
        assert all(1 <= len(group) <= DIGEST_REPAIRS for group in found)


class TestTeams:
    """Which chat hears of a repair, and what each chat counts for itself."""

    TO = staticmethod({1: FOR_ALL, 2: "team:7", 3: "team:8", 4: "team:7", 5: FOR_ALL, 6: "team:7"}.get)

    def found(
        self, past: History, waiting: Sequence[int], digest_above: int
    ) -> list[tuple[str, tuple[int, ...], bool]]:
        to = {repair_id: self.TO(repair_id) or "" for repair_id in waiting}
        return [
            (group.destination, group.repair_ids, group.is_first) for group in past.groups(waiting, to, digest_above)
        ]

    @pytest.mark.parametrize(
        ("branch_id", "teams", "told_to"),
        [(7, {7}, "team:7"), (0, {0}, "team:0"), (8, {7}, FOR_ALL), (None, {7}, FOR_ALL), (7, (), FOR_ALL)],
    )
    def test_a_branch_with_a_teams_chat_is_told_there_and_everything_else_to_all(
        self, branch_id: int | None, teams: Collection[int], told_to: str
    ) -> None:
        assert destination(branch_id, teams) == told_to

    def test_each_chat_has_its_own_singles_and_digests_and_one_first_message(self) -> None:
        assert self.found(history(), [2, 1, 3, 4, 5, 6], 1) == [
            ("team:7", (2,), True),
            ("team:7", (4, 6), False),
            (FOR_ALL, (1,), True),
            (FOR_ALL, (5,), False),
            ("team:8", (3,), True),
        ]

    def test_only_what_a_chat_was_told_today_takes_its_room(self) -> None:
        past = history(known(TODAY, mention(9)), known(TODAY, mention(2), destination="team:7"))
        assert self.found(past, [1, 4, 5, 6], 1) == [(FOR_ALL, (1, 5), True), ("team:7", (4, 6), True)]
        assert [repair_ids for _, repair_ids, _ in self.found(past, [1, 4, 5, 6], 2)] == [(1,), (5,), (4,), (6,)]
        assert [past.is_told_today(place) for place in (FOR_ALL, "team:7", "team:8")] == [True, True, False]
        assert past.is_notified_today

    def test_what_was_told_today_in_another_chat_is_not_told_again(self) -> None:
        assert self.found(history(known(TODAY, mention(2))), [2, 4], 20) == [("team:7", (4,), True)]
        assert self.found(history(known(TODAY, mention(1), destination="team:7")), [1], 20) == []

    def test_nobody_waits_only_where_no_chat_was_told_anything_today(self) -> None:
        told = history(known(TODAY, mention(2), destination="team:7"))
        for past, says in ((told, False), (history(), True)):
            plan = past.plan([], set(), {}, is_notifying=True, digest_above=20, says_none=True)
            assert plan.says_nobody_waits is says

    def test_a_message_comes_after_those_of_its_own_chat(self) -> None:
        first = known(TODAY, mention(1))
        of_team = known(TODAY, mention(2), destination="team:7")
        second_of_team = known(TODAY, mention(4), destination="team:7")
        past = history(known(THURSDAY, mention(2), destination="team:7"), first, of_team, second_of_team)
        assert [past.has_earlier(message) for message in (first, of_team, second_of_team)] == [False, False, True]

    def test_whose_message_was_withdrawn_is_told_where_it_belongs_now(self) -> None:
        withdrawn = known(TODAY, mention(2, called_at=NOW), state="expired")
        past = history(withdrawn)
        plan = past.plan([2], {2}, {2: "team:7"}, is_notifying=False, digest_above=20, says_none=False)
        assert plan.groups == (Group("team:7", (2,), is_first=True),)


class TestChanges:
    """Which messages are no longer true."""

    def test_nothing_changes_while_everybody_waits(self) -> None:
        assert history(known(THURSDAY, mention(1)), known(TODAY, mention(1, 2))).changes({1}) == []

    def test_a_call_changes_all_open_messages_of_all_days(self) -> None:
        messages = (known(WEDNESDAY, mention(1)), known(THURSDAY, mention(2), mention(1)), known(TODAY, mention(1)))
        changes = history(*messages).changes({2})
        assert [change.message for change in changes] == list(messages)
        assert changes[1].mentions == (mention(2), mention(1, called_at=NOW))
        assert not any(change.is_withdrawn for change in changes)

    def test_a_call_is_noticed_once(self) -> None:
        assert history(known(THURSDAY, mention(1, called_at=AT_TEN))).changes(set()) == []

    def test_what_is_not_in_the_chat_is_withdrawn_when_nobody_in_it_waits(self) -> None:
        single = known(TODAY, mention(1), state="stored")
        digest = known(TODAY, mention(1), mention(2), state="parked")
        withdrawn = known(TODAY, mention(1, called_at=NOW), state="expired")
        changes = history(single, digest, withdrawn).changes({2})
        assert [(change.message, change.is_withdrawn) for change in changes] == [(single, True), (digest, False)]
        assert history(withdrawn).changes({1}) == []

    def test_who_waits_again_after_his_message_was_withdrawn_is_told_after_all(self) -> None:
        withdrawn = known(TODAY, mention(1, called_at=NOW), mention(2, called_at=NOW), state="expired")
        past = history(withdrawn, known(TODAY, mention(2)))
        assert past.withdrawn == {1}
        assert groups(past, [1, 2], 20) == ((1,),)
        assert not history(withdrawn).is_notified_today

    def test_a_click_taken_back_reopens_todays_message_only(self) -> None:
        at = NOW - timedelta(hours=1)
        today = known(TODAY, mention(1, 2, at))
        changes = history(known(THURSDAY, mention(1, 1, at)), today).changes({1})
        assert [(change.message, change.mentions) for change in changes] == [
            (today, (replace(mention(1, 2), waits_again_at=NOW),))
        ]

    def test_an_edit_that_its_day_did_not_see_is_made_again_on_the_next(self) -> None:
        noticed_at = AT_TEN + timedelta(hours=8)
        lost = known(WEDNESDAY, mention(1, called_at=noticed_at), mention(5), shown_waiting={1, 5})
        arrived = known(WEDNESDAY, mention(2, called_at=noticed_at))
        under_way = known(WEDNESDAY, mention(3, called_at=NOW), shown_waiting={3})
        past = history(lost, arrived, under_way)
        again = replace(mention(1, called_at=NOW), notices=2)
        changes = [(change.message, change.mentions) for change in past.changes({5})]
        assert changes == [(lost, (again, mention(5)))]
        assert past.watched() == {1, 5}

    def test_an_edit_is_tried_on_five_days_because_somebody_may_have_deleted_the_message(self) -> None:
        lost, days = mention(1, called_at=AT_TEN), 1
        while changes := history(known(WEDNESDAY, lost, shown_waiting={1})).changes(set()):
            lost, days = replace(changes[0].mentions[0], called_at=AT_TEN), days + 1
        assert days == MOST_NOTICES == 5

    def test_only_repairs_of_messages_that_may_change_are_watched(self) -> None:
        done = known(WEDNESDAY, mention(1, called_at=AT_TEN))
        half_done = known(THURSDAY, mention(2, called_at=AT_TEN), mention(3))
        of_today = known(TODAY, mention(4, called_at=AT_TEN))
        assert history(done, half_done, of_today).watched() == {2, 3, 4}


class TestCalledByHand:
    """What a press of «Позвонил» does to the list and to the messages."""

    @staticmethod
    def pressed(at: datetime, *messages: KnownMessage, list_since: date | None = None) -> History:
        return replace(history(*messages), calls=(Called(9, 1, "Кира", at),), list_since=list_since)

    def test_all_messages_of_the_day_and_before_are_marked_once(self) -> None:
        at = NOW - timedelta(minutes=10)
        past = self.pressed(at, known(THURSDAY, mention(1)), known(TODAY, mention(1, 2), mention(2)))
        first, second = past.changes({1, 2})
        assert [each.marked_at for each in (*first.mentions, *second.mentions)] == [at, at, None]
        assert not first.is_withdrawn
        written = [replace(change.message, mentions=change.mentions) for change in (first, second)]
        assert replace(past, messages=tuple(written)).changes({1, 2}) == []

    def test_a_call_of_yesterday_marks_yesterdays_message_only(self) -> None:
        past = self.pressed(AT_TEN, known(THURSDAY, mention(1)), known(TODAY, mention(1, 2)))
        assert [change.message.day for change in past.changes({1})] == [THURSDAY]

    @pytest.mark.parametrize(
        ("at", "list_since", "is_off"),
        [
            (NOW - timedelta(hours=4), None, True),
            (AT_TEN, None, False),
            # on a day off the last working day still counts
            (AT_TEN, THURSDAY, True),
        ],
    )
    def test_it_is_off_the_list_until_the_next_working_day(
        self, at: datetime, list_since: date | None, *, is_off: bool
    ) -> None:
        past = self.pressed(at, known(WEDNESDAY, mention(1)), list_since=list_since)
        plan = past.plan([1], {1}, {1: FOR_ALL}, is_notifying=True, digest_above=20, says_none=True)
        assert (plan.groups, plan.says_nobody_waits) == ((), True) if is_off else ((ALONE,), False)

    def test_once_the_crm_has_agreed_a_call_is_over(self) -> None:
        agreed = NOW - timedelta(hours=1)
        past = self.pressed(NOW - timedelta(hours=2), known(THURSDAY, mention(1, called_at=agreed)))
        assert past.plan([1], {1}, {1: FOR_ALL}, is_notifying=True, digest_above=20, says_none=True).groups == (ALONE,)

    def test_who_waits_again_after_that_can_be_called_again(self) -> None:
        agreed, at = NOW - timedelta(hours=1), NOW - timedelta(hours=2)
        today = known(TODAY, replace(mention(1, called_at=agreed), marked_at=at))
        (change,) = self.pressed(at, today).changes({1})
        (now_shown,) = change.mentions
        assert (now_shown.called_at, now_shown.marked_at, now_shown.waits_again_at) == (None, None, NOW)
        reread = replace(today, mentions=(Mention.from_figures(now_shown.figures()),))
        assert self.pressed(at, reread).changes({1}) == []
        again = self.pressed(NOW + timedelta(minutes=1), reread)
        assert again.changes({1})[0].mentions[0].marked_at == NOW + timedelta(minutes=1)

    def test_that_the_crm_agrees_with_all_calls_at_once_is_believed(self) -> None:
        calls = tuple(Called(9, number, "Кира", NOW) for number in (1, 2, 3))
        past = history(known(TODAY, *(mention(number) for number in (1, 2, 3))))
        assert (past.doubtful(set()), replace(past, calls=calls).doubtful(set())) == (3, 0)

    def test_figures_without_a_press_are_those_of_earlier_versions(self) -> None:
        assert set(mention(1).figures()) == {
            "repair_id",
            "branch_id",
            "number",
            "code",
            "device",
            "times",
            "called_at",
            "notices",
        }
