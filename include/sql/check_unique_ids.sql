-- Whether every row that a report adds up is there once.
--
-- grain:   one row
-- params:  period_start, period_end  timestamptz  end excluded
--          first_on, last_on         date         local days, last included
-- reads:   reporting.branches, reporting.repairs, reporting.rentals, reporting.fixed_costs
-- order:   none, there is one row
-- columns:
--   verdict  text  ok, or in words: which relations, how many rows, an example and what to do
--
-- Branches are looked at whole, repairs and rentals completed in the period, and fixed costs of its months:
-- what the report reads, through the same indexes. Rows without an id may be different ones; what is no
-- amount is unknown to the report and stops none: check-contract names both.

with

repeated_branches as (
    select branch_id
    from reporting.branches
    where branch_id is not null
    group by branch_id
    having count(*) > 1
),

repeated_repairs as (
    select repair_id
    from reporting.repairs
    where
        repair_id is not null
        and completed_at >= %(period_start)s::timestamptz
        and completed_at < %(period_end)s::timestamptz
    group by repair_id
    having count(*) > 1
),

repeated_rentals as (
    select rental_id
    from reporting.rentals
    where
        rental_id is not null
        and completed_at >= %(period_start)s::timestamptz
        and completed_at < %(period_end)s::timestamptz
    group by rental_id
    having count(*) > 1
),

-- Two costs without a name in one month of one branch are taken for one that is there twice.
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

repeated_rows as (
    select
        'branches' as relation,
        'branch_id ' || branch_id as example
    from repeated_branches
    union all
    select
        'repairs',
        'repair_id ' || repair_id
    from repeated_repairs
    union all
    select
        'rentals',
        'rental_id ' || rental_id
    from repeated_rentals
    union all
    select
        'fixed_costs',
        'branch_id ' || coalesce(branch_id::text, 'null')
        || ', month ' || to_char(month, 'YYYY-MM-DD')
        || ', item ' || coalesce(item, 'null')
    from repeated_fixed_costs
),

repetitions as (
    select
        relation,
        count(*) || ' in reporting.' || relation || ' (for example ' || min(example) || ')' as words
    from repeated_rows
    group by relation
)

select
    coalesce(
        'Rows are there more than once and would be added twice: '
        || string_agg(words, '; ' order by relation)
        || '. A join in the view multiplies rows: make it return each row once, then clear this task.',
        'ok'
    ) as verdict
from repetitions
