-- Whether every row that a report adds up is there once.
--
-- grain:   one row
-- params:  period_start, period_end  timestamptz  end excluded
--          first_on, last_on         date         local days, last included
-- reads:   reporting.branches, reporting.repairs, reporting.rentals, reporting.fixed_costs
-- order:   none, there is one row
-- columns:
--   verdict  text  ok, or in words: which relations repeat an id, how many, an example and what to do
--
-- Branches are looked at whole, repairs and rentals completed in the period, and fixed costs of its months:
-- what the report reads, through the same indexes.

with

repeated_branches as (
    select branch_id
    from reporting.branches
    group by branch_id
    having count(*) > 1
),

repeated_repairs as (
    select repair_id
    from reporting.repairs
    where
        completed_at >= %(period_start)s::timestamptz
        and completed_at < %(period_end)s::timestamptz
    group by repair_id
    having count(*) > 1
),

repeated_rentals as (
    select rental_id
    from reporting.rentals
    where
        completed_at >= %(period_start)s::timestamptz
        and completed_at < %(period_end)s::timestamptz
    group by rental_id
    having count(*) > 1
),

repeated_fixed_costs as (
    select
        branch_id,
        month,
        item
    from reporting.fixed_costs
    where
        month >= date_trunc('month', %(first_on)s::date::timestamp)::date
        and month <= %(last_on)s::date
    group by
        branch_id,
        month,
        item
    having count(*) > 1
),

repetitions as (
    select
        'branches' as relation,
        count(*) as ids_count,
        'branch_id ' || min(branch_id) as example
    from repeated_branches
    union all
    select
        'repairs',
        count(*),
        'repair_id ' || min(repair_id)
    from repeated_repairs
    union all
    select
        'rentals',
        count(*),
        'rental_id ' || min(rental_id)
    from repeated_rentals
    union all
    select
        'fixed_costs',
        count(*),
        min(
            'branch_id ' || coalesce(branch_id::text, 'null')
            || ', month ' || to_char(month, 'YYYY-MM-DD')
            || ', item ' || item
        )
    from repeated_fixed_costs
)

select
    coalesce(
        'Rows are there more than once and would be added twice: '
        || string_agg(
            ids_count || ' in reporting.' || relation || ' (for example ' || example || ')',
            '; ' order by relation
        )
        || '. A join in the view multiplies rows: make it return each row once, then clear this task.',
        'ok'
    ) as verdict
from repetitions
where ids_count > 0
