"""What protects those who are told of events: lines whose removal must turn a test red."""

from __future__ import annotations

from tests.mutation import Mutation

PLUGIN = "plugins/sancrm_notifications"
LOOKING = "tests/events/test_looking.py"
TOLD = "tests/notifications/client_statuses/test_told.py"
BULK = "tests/notifications/client_statuses/test_bulk.py"
REMINDED = "tests/notifications/pickup_reminders/test_reminded.py"

EVENTS = (
    Mutation(
        "events: no look trusts the one before",
        f"{PLUGIN}/crm/repair_events.sql",
        "recorded_at > now() - %(look_back)s::interval",
        "recorded_at > now() - least(%(look_back)s::interval, interval '50 milliseconds')",
        (f"{LOOKING}::test_of_what_eight_writers_commit_late_and_out_of_order_nothing_is_lost_or_noted_twice",),
    ),
    Mutation(
        "events: what was recorded before the switching on is not noted",
        f"{PLUGIN}/crm/repair_events.sql",
        "and recorded_at >= %(since)s::timestamptz",
        "and %(since)s::timestamptz is not null",
        (f"{LOOKING}::test_what_was_recorded_before_the_first_look_is_not_noted",),
    ),
    Mutation(
        "events: without an index no repairs are read every two seconds",
        f"{PLUGIN}/events/looking.py",
        "if not _can_compare(crm):",
        "if _can_compare(crm) is None:",
        (f"{LOOKING}::TestWithoutEvents::test_without_an_index_nothing_is_switched_on",),
    ),
    Mutation(
        "events: a status is told when it has lasted",
        f"{PLUGIN}/ledger/feeds.sql",
        "where decided_from <= clock_timestamp()",
        "where decided_from is not null",
        (f"{TOLD}::test_a_status_that_lasts_arrives_once_in_the_bound_clients_chat",),
    ),
    Mutation(
        "events: a binding hears only of what came after it",
        f"{PLUGIN}/events/recipients.py",
        "if binding.began_at <= happened_at and _proves(",
        "if _proves(",
        (f"{TOLD}::test_whoever_stopped_blocked_or_bound_later_hears_nothing",),
    ),
    Mutation(
        "events: who has said stop meanwhile gets nothing",
        f"{PLUGIN}/ledger/recipients.sql",
        "            and binding.stopped_at is null\n            and binding.blocked_at is null\n    );",
        "            and binding.blocked_at is null\n    );",
        (f"{TOLD}::test_consent_withdrawn_between_format_and_deliver_holds",),
    ),
    Mutation(
        "events: nobody is written to at night",
        f"{PLUGIN}/notifications/client_statuses/drafts.py",
        "elif delay is not None:",
        "elif delay is False:",
        (f"{TOLD}::test_at_night_nobody_is_written_to_and_in_the_morning_what_is_still_true",),
    ),
    Mutation(
        "events: too many at once wait for a person",
        f"{PLUGIN}/notifications/client_statuses/rules.py",
        "if len(accounts) + lately.get(about, 0) > above",
        "if len(accounts) > 10**9",
        (f"{BULK}::test_only_the_many_wait_and_everybody_else_is_told",),
    ),
    Mutation(
        "events: what a person refuses is never told",
        f"{PLUGIN}/ledger/brakes.sql",
        "        brake_id = any(%(brake_ids)s::bigint[])\n        and released_at is null",
        "        brake_id = any(%(brake_ids)s::bigint[])\n        and false",
        (f"{BULK}::test_what_a_person_refuses_is_never_told_and_what_comes_after_is",),
    ),
    Mutation(
        "events: who has said that they come is not reminded",
        f"{PLUGIN}/notifications/pickup_reminders/rules.py",
        "known.is_over or known.number",
        "known.number",
        (f"{REMINDED}::test_who_has_said_that_they_come_is_not_reminded",),
    ),
    Mutation(
        "events: nobody is reminded of what was ready before the switching on",
        f"{PLUGIN}/crm/uncollected_repairs.sql",
        "and status_changed_at >= %(since)s::timestamptz",
        "and %(since)s::timestamptz is not null",
        (f"{REMINDED}::test_what_was_ready_before_the_switching_on_is_nobodys_reminder_unless_a_person_asks",),
    ),
    Mutation(
        "events: a client is reminded a few times at most",
        f"{PLUGIN}/notifications/pickup_reminders/rules.py",
        "or known.number >= pace.most",
        "or known.number >= 99",
        (f"{REMINDED}::test_the_second_comes_after_three_working_days_more_and_is_the_last",),
    ),
)
