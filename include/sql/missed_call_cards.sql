-- What a message says of repairs: device, customer, phone, and whether the customer is still to be called.
--
-- grain:   one row per repair asked for that the CRM still has
-- params:  repair_ids  bigint[]
--          statuses    text[]    the statuses in which a customer is to be called
-- reads:   reporting.branches, reporting.repairs
-- order:   repair_id
-- columns:
--   repair_id        bigint
--   number           bigint
--   code             text
--   branch_id        bigint       null for a repair without a branch
--   branch_name      text         null also for an unknown branch
--   status           text
--   is_waiting       boolean      as missed_calls.sql would say at this moment
--   waiting_since    timestamptz  when it came into its status; null where no moment is known
--   device_category  text
--   device_brand     text
--   device_model     text
--   customer_name    text         personal
--   customer_phone   text         personal, as it was typed
--
-- Personal data: read only where the message is written, never handed from task to task.

with

branches as (
    select
        branch_id,
        name
    from reporting.branches
),

repairs as (
    select
        repair_id,
        number,
        code,
        branch_id,
        status,
        needs_callback,
        device_category,
        device_brand,
        device_model,
        customer_name,
        customer_phone,
        -- Infinity, 0001-01-01 and 9999-12-31 stand for "not known" in many programs.
        case
            when status_changed_at >= '1990-01-01' and status_changed_at < '2200-01-01' then status_changed_at
        end as waiting_since
    from reporting.repairs
    where repair_id = any(%(repair_ids)s::bigint[])
)

-- The columns stand in the header's order.
select -- noqa: ST06
    repairs.repair_id,
    repairs.number,
    repairs.code,
    repairs.branch_id,
    branches.name as branch_name,
    repairs.status,
    coalesce(repairs.needs_callback and repairs.status = any(%(statuses)s::text[]), false) as is_waiting,
    repairs.waiting_since,
    repairs.device_category,
    repairs.device_brand,
    repairs.device_model,
    repairs.customer_name,
    repairs.customer_phone
from repairs
left join branches on repairs.branch_id = branches.branch_id
order by repairs.repair_id
