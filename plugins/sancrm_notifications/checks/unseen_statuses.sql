-- Which of some statuses no repair has now.
--
-- grain:   one row per status
-- params:  statuses  text[]
--          since     timestamptz  only repairs taken in from then on are looked at
-- reads:   reporting.repairs
-- order:   as given
-- columns:
--   status  text

select named.status
from unnest(%(statuses)s::text[]) with ordinality as named (status, place)
where
    not exists (
        select 1
        from reporting.repairs
        where repairs.status = named.status and repairs.created_at >= %(since)s::timestamptz
    )
order by named.place
