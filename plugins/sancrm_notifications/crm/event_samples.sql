-- The latest events of one kind, for what a text would say of them.
--
-- grain:   one row per event
-- params:  kind           text
--          author         text     null: whoever
--          for_customers  boolean  whether only what the CRM marks for the customer
--          from_status    text     null: any
--          to_status      text     null: any
-- reads:   reporting.repair_events
-- order:   recorded_at and event_id, both descending
-- columns:
--   event_id     bigint
--   repair_id    bigint
--   recorded_at  timestamptz
--   old_status   text
--   new_status   text
--
-- Only the latest thousands are looked at: somebody waits for the page, and what is rare is then left out.

with latest as materialized (
    select
        event_id,
        repair_id,
        kind,
        recorded_at,
        old_status,
        new_status,
        author,
        is_for_customer
    from reporting.repair_events
    where recorded_at < now() + interval '1 day'
    order by recorded_at desc
    limit 3000
)

select
    event_id,
    repair_id,
    recorded_at,
    old_status,
    new_status
from latest
where
    kind = %(kind)s::text
    and (%(author)s::text is null or author = %(author)s::text)
    and (not %(for_customers)s::boolean or is_for_customer)
    and (%(from_status)s::text is null or old_status = %(from_status)s::text)
    and (%(to_status)s::text is null or new_status = %(to_status)s::text)
order by recorded_at desc, event_id desc
limit 400
