-- What branches completed in each of many periods, for what is usual: all but fixed costs.
--
-- grain:   one row per period and branch with any completed order, and one for orders without a branch
-- params:  period_names                text[]         a name for each period
--          period_starts, period_ends  timestamptz[]  its instants, end excluded
-- reads:   reporting.repairs, reporting.rentals
-- order:   period as given, branch_id
-- columns:
--   period_name                 text
--   branch_id                   bigint   as the orders have it: null, or unknown to branches, too
--   repairs_count               bigint   repairs completed in the period
--   rentals_count               bigint   rentals completed in the period
--   repair_revenue_kopecks      bigint   after discounts; an unknown revenue adds 0
--   rental_revenue_kopecks      bigint   an unknown revenue adds 0
--   parts_cost_kopecks          bigint   of these repairs, as far as it is known
--   repairs_without_cost        bigint   repairs whose parts_cost is unknown
--   repairs_without_revenue     bigint
--   rentals_without_revenue     bigint

with

periods as (
    select
        period.position,
        period.period_name,
        period.start_at,
        period.end_at
    from unnest(
        %(period_names)s::text[],
        %(period_starts)s::timestamptz[],
        %(period_ends)s::timestamptz[]
    ) with ordinality as period (period_name, start_at, end_at, position)
),

repairs as (
    select
        branch_id,
        completed_at,
        revenue,
        parts_cost
    from reporting.repairs
),

rentals as (
    select
        branch_id,
        completed_at,
        revenue
    from reporting.rentals
),

-- Lateral: each period walks the index over its own rows, never the history between periods.
completed as (
    select
        periods.position,
        periods.period_name,
        orders.branch_id,
        orders.is_repair,
        orders.orders_count,
        orders.revenue,
        orders.parts_cost,
        orders.without_cost,
        orders.without_revenue
    from periods
    cross join lateral (
        select
            repairs.branch_id,
            true as is_repair,
            count(*) as orders_count,
            sum(repairs.revenue) as revenue,
            sum(repairs.parts_cost) as parts_cost,
            count(*) filter (where repairs.parts_cost is null) as without_cost,
            count(*) filter (where repairs.revenue is null) as without_revenue
        from repairs
        where
            repairs.completed_at >= periods.start_at
            and repairs.completed_at < periods.end_at
        group by repairs.branch_id
        union all
        select
            rentals.branch_id,
            false as is_repair,
            count(*) as orders_count,
            sum(rentals.revenue) as revenue,
            null as parts_cost,
            0 as without_cost,
            count(*) filter (where rentals.revenue is null) as without_revenue
        from rentals
        where
            rentals.completed_at >= periods.start_at
            and rentals.completed_at < periods.end_at
        group by rentals.branch_id
    ) as orders
)

-- The columns stand in the header's order.
select -- noqa: ST06
    period_name,
    branch_id,
    coalesce(sum(orders_count) filter (where is_repair), 0)::bigint as repairs_count,
    coalesce(sum(orders_count) filter (where not is_repair), 0)::bigint as rentals_count,
    coalesce(sum(revenue * 100) filter (where is_repair), 0)::bigint as repair_revenue_kopecks,
    coalesce(sum(revenue * 100) filter (where not is_repair), 0)::bigint as rental_revenue_kopecks,
    coalesce(sum(parts_cost * 100), 0)::bigint as parts_cost_kopecks,
    sum(without_cost)::bigint as repairs_without_cost,
    coalesce(sum(without_revenue) filter (where is_repair), 0)::bigint as repairs_without_revenue,
    coalesce(sum(without_revenue) filter (where not is_repair), 0)::bigint as rentals_without_revenue
from completed
group by
    position,
    period_name,
    branch_id
order by
    position,
    branch_id
