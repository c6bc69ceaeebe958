-- Revenue, costs and counts of each branch over each of several periods.
--
-- grain:   one row per period and branch, plus one for rows without a branch, one for the network's own costs
-- params:  period_names                text[]         a name for each period
--          period_starts, period_ends  timestamptz[]  its instants, end excluded
--          first_days, last_days       date[]         its local days, last included
-- reads:   reporting.branches, reporting.repairs, reporting.rentals, reporting.fixed_costs
-- order:   period as given, subject (branch, no_branch, network), branch name, branch_id
-- columns:
--   period_name                 text
--   subject                     text     branch, no_branch (none or an unknown one), network (its own costs)
--   branch_id                   bigint   null unless subject is branch, as the next three
--   branch_name                 text
--   code_prefix                 text
--   is_active                   boolean  active branches always have a row, others only with figures
--   repairs_count               bigint   repairs completed in the period
--   rentals_count               bigint   rentals completed in the period
--   repair_revenue_kopecks      bigint   after discounts; an unknown revenue adds 0, here and below
--   rental_revenue_kopecks      bigint
--   parts_cost_kopecks          bigint   of these repairs, as far as it is known
--   repairs_without_cost        bigint   repairs whose parts_cost is unknown
--   repairs_without_revenue     bigint
--   rentals_without_revenue     bigint
--   fixed_costs_kopecks         bigint   the period's share of its months; null when nothing is known
--   months_without_fixed_costs  text[]   first days of the months nothing is known for; empty for no_branch
--
-- An amount that is no number below 10^12 roubles (NaN, infinity) is unknown. A branch without an id is none,
-- and one of which nobody says whether it is active is.

with

periods as (
    select
        period.position,
        period.period_name,
        period.start_at,
        period.end_at,
        period.first_on,
        period.last_on
    from unnest(
        %(period_names)s::text[],
        %(period_starts)s::timestamptz[],
        %(period_ends)s::timestamptz[],
        %(first_days)s::date[],
        %(last_days)s::date[]
    ) with ordinality as period (period_name, start_at, end_at, first_on, last_on, position)
),

branches as (
    select
        branch_id,
        name,
        code_prefix,
        coalesce(is_active, true) as is_active,
        'branch:' || branch_id as subject_key
    from reporting.branches
    where branch_id is not null
),

repairs as (
    select
        branch_id,
        completed_at,
        case when revenue > -1e12 and revenue < 1e12 then revenue end as revenue,
        case when parts_cost > -1e12 and parts_cost < 1e12 then parts_cost end as parts_cost
    from reporting.repairs
),

rentals as (
    select
        branch_id,
        completed_at,
        case when revenue > -1e12 and revenue < 1e12 then revenue end as revenue
    from reporting.rentals
),

fixed_costs as (
    select
        branch_id,
        month,
        case when amount > -1e12 and amount < 1e12 then amount end as amount
    from reporting.fixed_costs
),

subjects as (
    select
        1 as position,
        'branch' as subject,
        subject_key,
        branch_id,
        name,
        code_prefix,
        is_active
    from branches
    union all
    select
        pseudo_branch.position,
        pseudo_branch.subject,
        pseudo_branch.subject as subject_key,
        null as branch_id,
        null as name,
        null as code_prefix,
        null as is_active
    from (values (2, 'no_branch'), (3, 'network')) as pseudo_branch (position, subject)
),

-- Lateral, here and below: each period walks the index over its own rows, never the history between periods.
-- Materialized: else the planner's guess at a walk dwarfs the joins below, and it plans those carelessly.
repair_figures as materialized (
    select
        periods.position,
        completed.subject_key,
        completed.repairs_count,
        completed.revenue,
        completed.parts_cost,
        completed.without_cost,
        completed.without_revenue
    from periods
    cross join lateral (
        select
            coalesce(branches.subject_key, 'no_branch') as subject_key,
            count(*) as repairs_count,
            sum(repairs.revenue) as revenue,
            sum(repairs.parts_cost) as parts_cost,
            count(*) filter (where repairs.parts_cost is null) as without_cost,
            count(*) filter (where repairs.revenue is null) as without_revenue
        from repairs
        left join branches on repairs.branch_id = branches.branch_id
        where
            repairs.completed_at >= periods.start_at
            and repairs.completed_at < periods.end_at
        group by branches.subject_key
    ) as completed
),

rental_figures as materialized (
    select
        periods.position,
        completed.subject_key,
        completed.rentals_count,
        completed.revenue,
        completed.without_revenue
    from periods
    cross join lateral (
        select
            coalesce(branches.subject_key, 'no_branch') as subject_key,
            count(*) as rentals_count,
            sum(rentals.revenue) as revenue,
            count(*) filter (where rentals.revenue is null) as without_revenue
        from rentals
        left join branches on rentals.branch_id = branches.branch_id
        where
            rentals.completed_at >= periods.start_at
            and rentals.completed_at < periods.end_at
        group by branches.subject_key
    ) as completed
),

period_days as (
    select
        periods.position,
        series.day_at
    from periods
    cross join generate_series(
        periods.first_on::timestamp,
        periods.last_on::timestamp,
        interval '1 day'
    ) as series (day_at)
),

period_months as (
    select
        position,
        date_trunc('month', day_at)::date as month,
        extract(day from min(day_at)) as first_day,
        extract(day from max(day_at)) as last_day,
        extract(day from date_trunc('month', day_at) + interval '1 month - 1 day') as days
    from period_days
    group by
        position,
        date_trunc('month', day_at)
),

-- Day d of n gets round(d * k / n) - round((d - 1) * k / n) of a month's k kopecks. Over a span of days the
-- inner roundings cancel, so only the outer two are taken. round() of a numeric is half away from zero.
month_figures as (
    select
        period_months.position,
        period_months.month,
        shares.subject_key,
        shares.kopecks
    from period_months
    cross join lateral (
        select
            case
                when fixed_costs.branch_id is null then 'network'
                else coalesce(branches.subject_key, 'no_branch')
            end as subject_key,
            sum(
                round(period_months.last_day * fixed_costs.amount * 100 / period_months.days)
                - round((period_months.first_day - 1) * fixed_costs.amount * 100 / period_months.days)
            ) as kopecks
        from fixed_costs
        left join branches on fixed_costs.branch_id = branches.branch_id
        where
            fixed_costs.month = period_months.month
            and fixed_costs.amount is not null
        group by
            fixed_costs.branch_id is null,
            branches.subject_key
    ) as shares
),

fixed_cost_figures as (
    select
        position,
        subject_key,
        sum(kopecks) as kopecks
    from month_figures
    group by
        position,
        subject_key
),

missing_months as (
    select
        period_months.position,
        subjects.subject_key,
        array_agg(to_char(period_months.month, 'YYYY-MM-DD') order by period_months.month) as months
    from period_months
    cross join subjects
    left join month_figures
        on
            period_months.position = month_figures.position
            and period_months.month = month_figures.month
            and subjects.subject_key = month_figures.subject_key
    where
        subjects.subject <> 'no_branch'
        and month_figures.subject_key is null
    group by
        period_months.position,
        subjects.subject_key
)

-- The columns stand in the header's order.
select -- noqa: ST06
    periods.period_name,
    subjects.subject,
    subjects.branch_id,
    subjects.name as branch_name,
    subjects.code_prefix,
    subjects.is_active,
    coalesce(repair_figures.repairs_count, 0) as repairs_count,
    coalesce(rental_figures.rentals_count, 0) as rentals_count,
    coalesce(repair_figures.revenue * 100, 0)::bigint as repair_revenue_kopecks,
    coalesce(rental_figures.revenue * 100, 0)::bigint as rental_revenue_kopecks,
    coalesce(repair_figures.parts_cost * 100, 0)::bigint as parts_cost_kopecks,
    coalesce(repair_figures.without_cost, 0) as repairs_without_cost,
    coalesce(repair_figures.without_revenue, 0) as repairs_without_revenue,
    coalesce(rental_figures.without_revenue, 0) as rentals_without_revenue,
    fixed_cost_figures.kopecks::bigint as fixed_costs_kopecks,
    coalesce(missing_months.months, '{}') as months_without_fixed_costs
from periods
cross join subjects
left join repair_figures
    on
        periods.position = repair_figures.position
        and subjects.subject_key = repair_figures.subject_key
left join rental_figures
    on
        periods.position = rental_figures.position
        and subjects.subject_key = rental_figures.subject_key
left join fixed_cost_figures
    on
        periods.position = fixed_cost_figures.position
        and subjects.subject_key = fixed_cost_figures.subject_key
left join missing_months
    on
        periods.position = missing_months.position
        and subjects.subject_key = missing_months.subject_key
where
    subjects.is_active
    or repair_figures.repairs_count > 0
    or rental_figures.rentals_count > 0
    or fixed_cost_figures.kopecks <> 0
order by
    periods.position,
    subjects.position,
    subjects.name,
    subjects.branch_id
