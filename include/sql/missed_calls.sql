-- Which repairs wait for a call to their customer, as the CRM shows it now.
--
-- grain:   one row per waiting repair
-- params:  statuses  text[]  the statuses in which a customer is to be called
-- reads:   reporting.branches, reporting.repairs
-- order:   branch name (rows without a known branch last), then longest waiting first, unknown before all
-- columns:
--   repair_id      bigint
--   branch_id      bigint       null for a repair without a branch
--   waiting_since  timestamptz  when it came into its status; null where no moment is known
--
-- No names and no phones: these rows travel between tasks. What a message says is missed_call_cards.sql.

with

branches as (
    select
        branch_id,
        name
    from reporting.branches
),

waiting as (
    select
        repair_id,
        branch_id,
        -- Infinity, 0001-01-01 and 9999-12-31 stand for "not known" in many programs.
        case
            when status_changed_at >= '1990-01-01' and status_changed_at < '2200-01-01' then status_changed_at
        end as waiting_since
    from reporting.repairs
    where
        needs_callback
        and repair_id is not null
        and status = any(%(statuses)s::text[])
)

select
    waiting.repair_id,
    waiting.branch_id,
    waiting.waiting_since
from waiting
left join branches on waiting.branch_id = branches.branch_id
order by
    branches.name asc nulls last,
    waiting.branch_id asc nulls last,
    waiting.waiting_since asc nulls first,
    waiting.repair_id asc
