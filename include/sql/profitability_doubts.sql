-- What makes the figures of the reported period doubtful, for the footer of its report.
--
-- grain:   one row
-- params:  period_start, period_end  timestamptz  end excluded
--          first_on, last_on         date         local days, last included
--          as_of                     timestamptz  moment of the run: what lies after it is no sign of life
-- reads:   reporting.branches, reporting.repairs, reporting.rentals, reporting.fixed_costs
-- order:   none, there is one row
-- columns:
--   negative_repairs      bigint       repairs completed in the period with a negative revenue or parts cost
--   negative_rentals      bigint       rentals completed in the period with a negative revenue
--   negative_fixed_costs  bigint       negative rows of the months that the period touches
--   unknown_branch_rows   bigint       rows of these three with a branch_id that branches does not have
--   newest_movement_at    timestamptz  newest sign of life of the source; null when there is none

with

branches as (
    select branch_id
    from reporting.branches
),

repairs as (
    select
        branch_id,
        (revenue < 0 and revenue > -1e12) or (parts_cost < 0 and parts_cost > -1e12) as is_negative
    from reporting.repairs
    where
        completed_at >= %(period_start)s::timestamptz
        and completed_at < %(period_end)s::timestamptz
),

rentals as (
    select
        branch_id,
        revenue < 0 and revenue > -1e12 as is_negative
    from reporting.rentals
    where
        completed_at >= %(period_start)s::timestamptz
        and completed_at < %(period_end)s::timestamptz
),

fixed_costs as (
    select
        branch_id,
        amount < 0 and amount > -1e12 as is_negative
    from reporting.fixed_costs
    where
        month >= date_trunc('month', %(first_on)s::date::timestamp)::date
        and month <= %(last_on)s::date
),

doubtful_repairs as (
    select
        count(*) filter (where is_negative) as negative,
        count(*) filter (where repairs.branch_id is not null and branches.branch_id is null)
            as of_unknown_branch
    from repairs
    left join branches on repairs.branch_id = branches.branch_id
),

doubtful_rentals as (
    select
        count(*) filter (where is_negative) as negative,
        count(*) filter (where rentals.branch_id is not null and branches.branch_id is null)
            as of_unknown_branch
    from rentals
    left join branches on rentals.branch_id = branches.branch_id
),

doubtful_fixed_costs as (
    select
        count(*) filter (where is_negative) as negative,
        count(*) filter (where fixed_costs.branch_id is not null and branches.branch_id is null)
            as of_unknown_branch
    from fixed_costs
    left join branches on fixed_costs.branch_id = branches.branch_id
),

-- Each the last entry of an index, not the maximum of a table. What is before 1990 means "not known".
movements as (
    (
        select created_at as moved_at
        from reporting.repairs
        where
            created_at >= '1990-01-01'
            and created_at <= %(as_of)s::timestamptz
        order by created_at desc
        limit 1
    )
    union all
    (
        select completed_at
        from reporting.repairs
        where
            completed_at >= '1990-01-01'
            and completed_at <= %(as_of)s::timestamptz
        order by completed_at desc
        limit 1
    )
    union all
    (
        select started_at
        from reporting.rentals
        where
            started_at >= '1990-01-01'
            and started_at <= %(as_of)s::timestamptz
        order by started_at desc
        limit 1
    )
    union all
    (
        select completed_at
        from reporting.rentals
        where
            completed_at >= '1990-01-01'
            and completed_at <= %(as_of)s::timestamptz
        order by completed_at desc
        limit 1
    )
),

last_movement as (
    select max(moved_at) as moved_at
    from movements
)

-- The columns stand in the header's order.
select -- noqa: ST06
    doubtful_repairs.negative as negative_repairs,
    doubtful_rentals.negative as negative_rentals,
    doubtful_fixed_costs.negative as negative_fixed_costs,
    doubtful_repairs.of_unknown_branch
    + doubtful_rentals.of_unknown_branch
    + doubtful_fixed_costs.of_unknown_branch as unknown_branch_rows,
    last_movement.moved_at as newest_movement_at
from doubtful_repairs
cross join doubtful_rentals
cross join doubtful_fixed_costs
cross join last_movement
