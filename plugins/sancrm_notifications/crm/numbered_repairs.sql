-- Repairs by their number: for staff who ask, and for the code that tells a shared phone's customers apart.
--
-- grain:   one row per repair
-- params:  number  bigint
-- reads:   reporting.repairs
-- order:   repair_id
-- columns:
--   repair_id          bigint
--   code               text
--   branch_id          bigint       null for a repair without a branch
--   customer_id        bigint       null where the CRM shows none
--   status             text         as staff see it
--   status_group       text         null where the CRM shows none
--   status_changed_at  timestamptz
--   device_category    text
--   device_brand       text
--   device_model       text
--   to_pay_kopecks     bigint
--   due_at             timestamptz
--
-- A column that the CRM does not show is taken from «absent», where it is null: names are looked for in the
-- inner query first.

-- The columns stand in the order of the header.
select -- noqa: ST06
    repairs.repair_id,
    repairs.code,
    repairs.branch_id,
    repairs.customer_id,
    repairs.status,
    repairs.status_group,
    repairs.status_changed_at,
    repairs.device_category,
    repairs.device_brand,
    repairs.device_model,
    (repairs.to_pay * 100)::bigint as to_pay_kopecks,
    repairs.due_at
from (
    values (null::bigint, null::text, null::numeric, null::timestamptz)
) as absent (customer_id, status_group, to_pay, due_at)
cross join
    lateral ( -- noqa: ST05
        select
            repair_id,
            code,
            branch_id,
            customer_id,
            status,
            status_group,
            status_changed_at,
            device_category,
            device_brand,
            device_model,
            to_pay,
            due_at
        from reporting.repairs
        where number = %(number)s::bigint
    ) as repairs
order by repairs.repair_id
