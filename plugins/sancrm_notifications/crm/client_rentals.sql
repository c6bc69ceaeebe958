-- Rentals of customers that are out, or came back of late: the newest fifty.
--
-- grain:   one row per rental
-- params:  customer_ids    bigint[]
--          returned_since  timestamptz  what was returned before is left out
-- reads:   reporting.rentals
-- order:   newest first
-- columns:
--   rental_id       bigint
--   branch_id       bigint       null for a rental without a branch
--   tool            text         null where the CRM shows none
--   started_at      timestamptz
--   completed_at    timestamptz  null while the tool is out
--   due_at          timestamptz  to be returned by
--   to_pay_kopecks  bigint
--
-- A column that the CRM does not show is taken from «absent», where it is null: names are looked for in the
-- inner query first. Without customer_id nobody has rentals.

select
    rentals.rental_id,
    rentals.branch_id,
    rentals.tool,
    rentals.started_at,
    rentals.completed_at,
    rentals.due_at,
    (rentals.to_pay * 100)::bigint as to_pay_kopecks
from (
    values (null::bigint, null::text, null::timestamptz, null::numeric)
) as absent (customer_id, tool, due_at, to_pay)
cross join
    lateral ( -- noqa: ST05
        (
            select
                rental_id,
                branch_id,
                tool,
                started_at,
                completed_at,
                due_at,
                to_pay
            from reporting.rentals
            where customer_id = any(%(customer_ids)s::bigint[]) and completed_at is null
        )
        union all
        (
            select
                rental_id,
                branch_id,
                tool,
                started_at,
                completed_at,
                due_at,
                to_pay
            from reporting.rentals
            where
                customer_id = any(%(customer_ids)s::bigint[])
                and completed_at >= %(returned_since)s::timestamptz
        )
    ) as rentals
order by rentals.started_at desc, rentals.rental_id desc
limit 50
