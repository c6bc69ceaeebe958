-- What has happened to repairs of late, by the repairs themselves: for a CRM that shows no repair_events.
--
-- grain:   one row per repair that was taken in, and one per repair whose status has changed since
-- params:  look_back  interval     how long ago it may have been
--          since      timestamptz  what was before is left out
--          most       bigint       so many at most
-- reads:   reporting.repairs
-- order:   recorded_at, event_id
-- columns:
--   event_id         bigint       the repair's id
--   repair_id        bigint
--   kind             text         created or status
--   recorded_at      timestamptz  when it was taken in, or came into its status
--   old_status       text         null: nobody knows
--   new_status       text
--   author           text         null
--   is_for_customer  boolean      false: there are no comments
--   age              interval     how long ago it was; below zero where clocks differ
--
-- Of several changes only the last is seen.

select
    repair_id as event_id,
    repair_id,
    'created' as kind,
    created_at as recorded_at,
    null::text as old_status,
    status as new_status,
    null::text as author,
    false as is_for_customer,
    now() - created_at as age
from reporting.repairs
where
    created_at > now() - %(look_back)s::interval
    and created_at >= %(since)s::timestamptz
    and created_at < now() + interval '1 day'
union all
select
    repair_id as event_id,
    repair_id,
    'status' as kind,
    status_changed_at as recorded_at,
    null::text as old_status,
    status as new_status,
    null::text as author,
    false as is_for_customer,
    now() - status_changed_at as age
from reporting.repairs
where
    status_changed_at > now() - %(look_back)s::interval
    and status_changed_at >= %(since)s::timestamptz
    and status_changed_at < now() + interval '1 day'
    -- what is taken in comes into its first status in the same moment, by whichever clock
    and status_changed_at > created_at + interval '1 second'
order by recorded_at, event_id
limit %(most)s::bigint
