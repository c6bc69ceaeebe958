-- What was written in comments.
--
-- grain:   one row per event asked for that the CRM has
-- params:  event_ids    bigint[]
--          recorded_at  timestamptz[]  of each: ids come again in a CRM that was restored
-- reads:   reporting.repair_events
-- order:   recorded_at, event_id
-- columns:
--   event_id     bigint
--   recorded_at  timestamptz
--   comment      text         personal

select
    events.event_id,
    events.recorded_at,
    events.comment
from reporting.repair_events as events
inner join
    unnest(%(event_ids)s::bigint[], %(recorded_at)s::timestamptz[]) as wanted (event_id, recorded_at)
    on events.event_id = wanted.event_id and events.recorded_at = wanted.recorded_at
order by events.recorded_at, events.event_id
