-- Whether every row that a report adds up is there once, and can be added.
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
-- what the report reads, through the same indexes. Amounts are below 10^12 roubles by the contract; NaN and
-- infinity, which a numeric without a scale may hold, are not.

with

wrong_branches as (
    select
        branch_id,
        count(*) > 1 as is_repeated,
        bool_or(branch_id is null or name is null or is_active is null) as is_unusable
    from reporting.branches
    group by branch_id
    having
        count(*) > 1
        or bool_or(branch_id is null or name is null or is_active is null)
),

wrong_repairs as (
    select
        repair_id,
        count(*) > 1 as is_repeated,
        coalesce(bool_or(abs(revenue) >= 1e12 or abs(parts_cost) >= 1e12), false) as is_unusable
    from reporting.repairs
    where
        completed_at >= %(period_start)s::timestamptz
        and completed_at < %(period_end)s::timestamptz
    group by repair_id
    having
        count(*) > 1
        or bool_or(abs(revenue) >= 1e12 or abs(parts_cost) >= 1e12)
),

wrong_rentals as (
    select
        rental_id,
        count(*) > 1 as is_repeated,
        coalesce(bool_or(abs(revenue) >= 1e12), false) as is_unusable
    from reporting.rentals
    where
        completed_at >= %(period_start)s::timestamptz
        and completed_at < %(period_end)s::timestamptz
    group by rental_id
    having
        count(*) > 1
        or bool_or(abs(revenue) >= 1e12)
),

wrong_fixed_costs as (
    select
        branch_id,
        month,
        item,
        count(*) > 1 as is_repeated,
        coalesce(bool_or(abs(amount) >= 1e12), false) as is_unusable
    from reporting.fixed_costs
    where
        month >= date_trunc('month', %(first_on)s::date::timestamp)::date
        and month <= %(last_on)s::date
    group by
        branch_id,
        month,
        item
    having
        count(*) > 1
        or bool_or(abs(amount) >= 1e12)
),

wrong_rows as (
    select
        'branches' as relation,
        'without branch_id, name or is_active' as why_unusable,
        'branch_id ' || coalesce(branch_id::text, 'null') as example,
        is_repeated,
        is_unusable
    from wrong_branches
    union all
    select
        'repairs',
        'with an amount that is no number below 10^12',
        'repair_id ' || coalesce(repair_id::text, 'null'),
        is_repeated,
        is_unusable
    from wrong_repairs
    union all
    select
        'rentals',
        'with an amount that is no number below 10^12',
        'rental_id ' || coalesce(rental_id::text, 'null'),
        is_repeated,
        is_unusable
    from wrong_rentals
    union all
    select
        'fixed_costs',
        'with an amount that is no number below 10^12',
        'branch_id ' || coalesce(branch_id::text, 'null')
        || ', month ' || to_char(month, 'YYYY-MM-DD')
        || ', item ' || coalesce(item, 'null'),
        is_repeated,
        is_unusable
    from wrong_fixed_costs
),

repetitions as (
    select
        relation,
        count(*) || ' in reporting.' || relation || ' (for example ' || min(example) || ')' as words
    from wrong_rows
    where is_repeated
    group by relation
),

unusable_rows as (
    select
        relation,
        count(*) || ' in reporting.' || relation || ' ' || why_unusable
        || ' (for example ' || min(example) || ')' as words
    from wrong_rows
    where is_unusable
    group by
        relation,
        why_unusable
),

sentences as (
    select
        1 as position,
        'Rows are there more than once and would be added twice: '
        || string_agg(words, '; ' order by relation)
        || '. A join in the view multiplies rows: make it return each row once, then clear this task.'
            as sentence
    from repetitions
    union all
    select
        2,
        'Rows are there that cannot be reported: '
        || string_agg(words, '; ' order by relation)
        || '. Correct them in the CRM or leave them out in the view, then clear this task.'
    from unusable_rows
)

select coalesce(string_agg(sentence, ' ' order by position), 'ok') as verdict
from sentences
