-- Repairs that are ready and have not been collected, as the CRM shows it now.
--
-- grain:   one row per repair
-- params:  since    timestamptz  what became ready before is left out
--          earlier  interval     what became ready longer ago is left out, too
--          most     bigint       so many at most
-- reads:   reporting.repairs
-- order:   longest waiting first, then repair_id
-- columns:
--   repair_id  bigint
--   ready_at   timestamptz  when it came into its status, by the CRM's clock
--
-- A column that the CRM does not show is taken from «absent», where it is null: names are looked for in the
-- inner query first. Without customer_id or status_group nobody waits.

-- The columns stand in the order of the header.
select -- noqa: ST06
    repairs.repair_id,
    repairs.ready_at
from (values (null::bigint, null::text, null::timestamptz)) as absent (customer_id, status_group, closed_at)
cross join
    lateral ( -- noqa: ST05
        select
            repair_id,
            status_changed_at as ready_at
        from reporting.repairs
        where
            status_group = 'ready'
            and closed_at is null
            and customer_id is not null
            and repair_id is not null
            and status_changed_at >= %(since)s::timestamptz
            and status_changed_at > now() - %(earlier)s::interval
            and status_changed_at <= now()
    ) as repairs
order by repairs.ready_at, repairs.repair_id
limit %(most)s::bigint
