-- What each notification has seen of the CRM's events; all times but recorded_at and switched_on_at are the
-- ledger's own clock.

-- name: feed
-- How a notification stands to the feed, and whether it is time to look far back.
select
    switched_on_at,
    woken_at,
    looked_at,
    coalesce(long_looked_at < clock_timestamp() - %(long_look_every)s::interval, true) as is_long_look_due
from notifications.feeds
where feed = %(feed)s::text;

-- name: switch_on
-- The first look, or the first after it was off: what is older is not notified.
insert into notifications.feeds (feed, switched_on_at)
values (%(feed)s::text, %(switched_on_at)s::timestamptz)
on conflict (feed) do update
    set switched_on_at = excluded.switched_on_at, woken_at = null, long_looked_at = null;

-- name: leave_undecided
-- What was seen before a notification was off is decided about by nobody.
update notifications.seen_events
set outcome = 'switched_off', decided_at = clock_timestamp()
where feed = %(feed)s::text and outcome is null;

-- name: note_seen
-- Notes events that are new here. A status is to last: its time counts from when it was recorded, yet half of
-- it from this look on, for an event may become visible late.
insert into notifications.seen_events (
    feed, event_id, recorded_at, repair_id, kind, old_status, new_status, author, is_for_customer,
    happened_at, due_at
)
select
    %(feed)s::text,
    event.event_id,
    event.recorded_at,
    event.repair_id,
    event.kind,
    event.old_status,
    event.new_status,
    event.author,
    event.is_for_customer,
    -- A clock that is wrong does not make what happened happen later.
    clock_timestamp() - greatest(event.age, interval '0'),
    case
        when event.kind = 'status'
            then
                clock_timestamp() + %(settle)s::interval
                - least(greatest(event.age, interval '0'), %(settle)s::interval / 2)
        else clock_timestamp()
    end
from
    unnest(
        %(event_ids)s::bigint[], %(recorded_at)s::timestamptz[], %(repair_ids)s::bigint[], %(kinds)s::text[],
        %(old_statuses)s::text[], %(new_statuses)s::text[], %(authors)s::text[], %(for_customers)s::boolean[],
        %(ages)s::interval[]
    ) as event (
        event_id, recorded_at, repair_id, kind, old_status, new_status, author, is_for_customer, age
    )
on conflict (feed, event_id, recorded_at) do nothing;

-- name: note_look
-- Notes that a notification has looked.
update notifications.feeds
set
    looked_at = clock_timestamp(),
    long_looked_at = case when %(is_long)s::boolean then clock_timestamp() else long_looked_at end
where feed = %(feed)s::text;

-- name: note_woken
-- The wait has ended, or begins.
update notifications.feeds
set woken_at = case when %(is_woken)s::boolean then clock_timestamp() end
where feed = %(feed)s::text;

-- name: slept_through
-- Whether the wait ended so long ago that the DAG was paused since.
select coalesce(woken_at < clock_timestamp() - %(longest)s::interval, false) as is_off
from notifications.feeds
where feed = %(feed)s::text;

-- name: due_events
-- Undecided events whose time has come: of a repair's statuses none before the last of them has lasted. What
-- is new goes before what a person has asked for again from before, which may be thousands. What
-- waits for a person's word is not due, unless the repair has moved on since.
with undecided as (
    select
        seen.event_id,
        seen.recorded_at,
        seen.repair_id,
        seen.kind,
        seen.old_status,
        seen.new_status,
        seen.author,
        seen.is_for_customer,
        seen.happened_at,
        seen.brake_id,
        max(seen.due_at) over (
            partition by
                seen.repair_id,
                case when seen.kind = 'status' then 'status' else seen.kind || ' ' || seen.event_id end
        ) as decided_from,
        max(seen.happened_at) over (
            partition by
                seen.repair_id,
                case when seen.kind = 'status' then 'status' else seen.kind || ' ' || seen.event_id end
        ) as last_at
    from notifications.seen_events as seen
    left join notifications.brakes as brake on seen.brake_id = brake.brake_id
    where
        seen.feed = %(feed)s::text
        and seen.outcome is null
        and (
            seen.brake_id is null
            or brake.released_at is not null
            or exists (
                select 1 from notifications.seen_events as further
                where
                    further.feed = seen.feed
                    and further.repair_id = seen.repair_id
                    and further.kind = 'status'
                    and seen.kind = 'status'
                    and further.outcome is null
                    and further.brake_id is null
            )
        )
)

select
    event_id,
    recorded_at,
    repair_id,
    kind,
    old_status,
    new_status,
    author,
    is_for_customer,
    happened_at,
    brake_id,
    -- Of what is older it is not waited for that the CRM shows why the repair has gone on.
    happened_at > clock_timestamp() - interval '2 minutes' as is_recent
from undecided
where decided_from <= clock_timestamp()
order by last_at < clock_timestamp() - interval '1 hour', decided_from, repair_id, happened_at, event_id
limit %(most)s::bigint;

-- name: decide_events
-- Notes what was made of events.
update notifications.seen_events as seen
set outcome = decided.outcome, decided_at = clock_timestamp()
from
    unnest(%(event_ids)s::bigint[], %(recorded_at)s::timestamptz[], %(outcomes)s::text[]) as decided (
        event_id, recorded_at, outcome
    )
where
    seen.feed = %(feed)s::text
    and seen.event_id = decided.event_id
    and seen.recorded_at = decided.recorded_at
    and seen.outcome is null;

-- name: put_off_events
-- Decides later about events: in the morning, or when the repair has rested.
update notifications.seen_events as seen
set due_at = clock_timestamp() + put_off.delay
from
    unnest(%(event_ids)s::bigint[], %(recorded_at)s::timestamptz[], %(delays)s::interval[]) as put_off (
        event_id, recorded_at, delay
    )
where
    seen.feed = %(feed)s::text
    and seen.event_id = put_off.event_id
    and seen.recorded_at = put_off.recorded_at
    and seen.outcome is null;

-- name: notified_statuses
-- What was last told of these repairs.
select
    repair_id,
    status,
    status_group,
    former_status,
    period,
    notified_at
from notifications.notified_statuses
where feed = %(feed)s::text and repair_id = any(%(repair_ids)s::bigint[]);

-- name: note_notified
-- Remembers what was told of a repair.
insert into notifications.notified_statuses (feed, repair_id, status, status_group, former_status, period)
values (
    %(feed)s::text, %(repair_id)s::bigint, %(status)s::text, %(status_group)s::text, %(former_status)s::text,
    %(period)s::text
)
on conflict (feed, repair_id) do update
    set
        status = excluded.status,
        status_group = excluded.status_group,
        former_status = excluded.former_status,
        period = excluded.period,
        notified_at = clock_timestamp();

-- name: reopen_expired
-- What was not sent before the night, and never began to be, is decided about anew: if it is still true in
-- the morning it is told then.
with unsent as (
    select
        period,
        split_part(period, '@', 1)::bigint as event_id,
        split_part(period, '@', 2)::timestamptz as recorded_at
    from notifications.messages
    where
        notification = %(feed)s::text
        and state = 'expired'
        and telegram_message_id is null
        and expires_at > clock_timestamp() - interval '36 hours'
        and not starts_with(coalesce(reason, ''), 'withdrawn')
        and period ~ '^[0-9]+@'
),

reopened as (
    update notifications.seen_events as seen
    set outcome = null, decided_at = null, due_at = clock_timestamp()
    from unsent
    where
        seen.feed = %(feed)s::text
        and seen.event_id = unsent.event_id
        and seen.recorded_at = unsent.recorded_at
        and seen.outcome = 'notified'
    returning unsent.period
)

delete from notifications.notified_statuses as notified
using reopened
where notified.feed = %(feed)s::text and notified.period = reopened.period;

-- name: ledger_now
-- The ledger's own clock.
select clock_timestamp() as now;
