-- Repairs to which something has happened, as a message tells of them.
--
-- grain:   one row per repair asked for that the CRM has
-- params:  repair_ids  bigint[]
-- reads:   reporting.repairs
-- order:   repair_id
-- columns:
--   repair_id        bigint
--   number           bigint
--   code             text
--   branch_id        bigint       null for a repair without a branch
--   customer_id      bigint       null where the CRM shows none
--   status           text
--   status_group     text         null where the CRM shows none
--   device_category  text
--   device_brand     text
--   device_model     text
--   to_pay_kopecks   bigint
--   due_at           timestamptz  promised by
--   warranty_until   date
--
-- A column that the CRM does not show is taken from «absent», where it is null: names are looked for in the
-- inner query first.

-- The columns stand in the order of the header.
select -- noqa: ST06
    repairs.repair_id,
    repairs.number,
    repairs.code,
    repairs.branch_id,
    repairs.customer_id,
    repairs.status,
    repairs.status_group,
    repairs.device_category,
    repairs.device_brand,
    repairs.device_model,
    (repairs.to_pay * 100)::bigint as to_pay_kopecks,
    repairs.due_at,
    repairs.warranty_until
from (
    values (null::bigint, null::text, null::numeric, null::timestamptz, null::date)
) as absent (customer_id, status_group, to_pay, due_at, warranty_until)
cross join
    lateral ( -- noqa: ST05
        select
            repair_id,
            number,
            code,
            branch_id,
            customer_id,
            status,
            status_group,
            device_category,
            device_brand,
            device_model,
            to_pay,
            due_at,
            warranty_until
        from reporting.repairs
        where repair_id = any(%(repair_ids)s::bigint[])
    ) as repairs
order by repairs.repair_id
