-- Repairs of customers that are open, or were closed of late: the newest fifty.
--
-- grain:   one row per repair
-- params:  customer_ids  bigint[]
--          closed_since  timestamptz  what was closed before is left out
-- reads:   reporting.repairs
-- order:   newest first
-- columns:
--   repair_id          bigint
--   code               text
--   branch_id          bigint       null for a repair without a branch
--   status_group       text         null where the CRM shows none
--   status_changed_at  timestamptz
--   created_at         timestamptz
--   closed_at          timestamptz  null while it is open
--   device_category    text
--   device_brand       text
--   device_model       text
--   estimate_kopecks   bigint       the agreed price
--   to_pay_kopecks     bigint
--   due_at             timestamptz  promised by
--   warranty_until     date
--
-- A column that the CRM does not show is taken from «absent», where it is null: names are looked for in the
-- inner query first. Without customer_id nobody has repairs, without status_group none is open.

-- The columns stand in the order of the header.
select -- noqa: ST06
    repairs.repair_id,
    repairs.code,
    repairs.branch_id,
    repairs.status_group,
    repairs.status_changed_at,
    repairs.created_at,
    repairs.closed_at,
    repairs.device_category,
    repairs.device_brand,
    repairs.device_model,
    (repairs.estimate * 100)::bigint as estimate_kopecks,
    (repairs.to_pay * 100)::bigint as to_pay_kopecks,
    repairs.due_at,
    repairs.warranty_until
from (
    values (
        null::bigint, null::text, null::timestamptz, null::numeric,
        null::numeric, null::timestamptz, null::date
    )
) as absent (customer_id, status_group, closed_at, estimate, to_pay, due_at, warranty_until)
cross join
    lateral ( -- noqa: ST05
        (
            select
                repair_id,
                code,
                branch_id,
                status_group,
                status_changed_at,
                created_at,
                closed_at,
                device_category,
                device_brand,
                device_model,
                estimate,
                to_pay,
                due_at,
                warranty_until
            from reporting.repairs
            where
                customer_id = any(%(customer_ids)s::bigint[])
                and closed_at is null
                and status_group not in ('closed_success', 'closed_failure')
        )
        union all
        (
            select
                repair_id,
                code,
                branch_id,
                status_group,
                status_changed_at,
                created_at,
                closed_at,
                device_category,
                device_brand,
                device_model,
                estimate,
                to_pay,
                due_at,
                warranty_until
            from reporting.repairs
            where
                customer_id = any(%(customer_ids)s::bigint[])
                and closed_at >= %(closed_since)s::timestamptz
                and status_group is not null
        )
    ) as repairs
order by repairs.created_at desc, repairs.repair_id desc
limit 50
