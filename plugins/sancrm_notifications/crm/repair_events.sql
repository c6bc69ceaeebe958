-- Events of repairs that were recorded of late, by the clock of the CRM's database.
--
-- grain:   one row per event
-- params:  look_back  interval     how long ago it may have been recorded
--          since      timestamptz  what was recorded before is left out
--          most       bigint       so many at most
-- reads:   reporting.repair_events
-- order:   recorded_at, event_id
-- columns:
--   event_id         bigint
--   repair_id        bigint
--   kind             text
--   recorded_at      timestamptz
--   old_status       text
--   new_status       text
--   author           text
--   is_for_customer  boolean
--   age              interval     how long ago it was recorded; below zero where clocks differ
--
-- Ids and instants become visible out of order, so nothing here remembers what was read before. What claims
-- to be of a later day would come with every look until then: the contract's checker names it.

select
    event_id,
    repair_id,
    kind,
    recorded_at,
    old_status,
    new_status,
    author,
    coalesce(is_for_customer, false) as is_for_customer,
    now() - recorded_at as age
from reporting.repair_events
where
    recorded_at > now() - %(look_back)s::interval
    and recorded_at >= %(since)s::timestamptz
    and recorded_at < now() + interval '1 day'
order by recorded_at, event_id
limit %(most)s::bigint
