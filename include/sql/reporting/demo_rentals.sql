-- Rentals of the demo CRM as they stand at the settings' as_of: one order is one tool at a daily rate.

insert into crm.rentals (rental_id, tool_id, branch_id, started_at, completed_at, days, amount)
with counted_tools as (
    select count(*) as tools_count
    from crm.tools
),

orders as (
    select
        settings.time_zone,
        settings.as_of at time zone settings.time_zone as as_of,
        days.day,
        days.price_index,
        days.rentals_before + position as rental_id,
        1 + (days.rentals_before + position - 1) % tools.tools_count as tool_id,
        position::double precision / days.rentals_count as part_of_day,
        -- most tools go out for a day or two, some for a week
        1 + floor(
            8 * demo.draw(days.rentals_before + position, settings.seed * 1000 + 61) ^ 2.5
        )::integer as days,
        demo.draw(days.rentals_before + position, settings.seed * 1000 + 62) as return_chance,
        demo.draw(days.rentals_before + position, settings.seed * 1000 + 63) as oddity,
        settings.branches_count,
        settings.closed_on
    from demo.settings as settings
    cross join counted_tools as tools
    inner join demo.days as days on settings.refill_from <= days.day
    cross join lateral generate_series(1, days.rentals_count) as position
    offset 0 -- noqa: AM09
),

placed as (
    select
        orders.*,
        tools.daily_rate,
        branches.branch_id,
        branches.works_on_sunday,
        -- what is asked for on a Sunday when the branch is closed starts on Monday
        orders.day + case
            when extract(isodow from orders.day) = 7 and not branches.works_on_sunday then 1 else 0
        end as started_on
    from orders
    inner join crm.tools as tools on orders.tool_id = tools.tool_id
    -- before it was closed, the last branch had its share of the tools
    inner join crm.branches as branches
        on branches.branch_id = case
            when orders.day < orders.closed_on - 10 and orders.tool_id % (orders.branches_count + 2) = 0
                then orders.branches_count + 1
            else tools.branch_id
        end
),

times as (
    select
        placed.*,
        placed.started_on + time '09:00' + placed.part_of_day * interval '9 hours' as started,
        placed.started_on + placed.days + case
            when placed.works_on_sunday then 0
            when extract(isodow from placed.started_on + placed.days) = 7 then 1
            else 0
        end + time '09:00' + placed.return_chance * interval '9 hours' as returned
    from placed
    offset 0 -- noqa: AM09
)

select
    rental_id,
    tool_id,
    case when oddity >= 0.001 then branch_id end as branch_id,
    date_trunc('second', started) at time zone time_zone as started_at,
    case when returned < as_of then date_trunc('second', returned) at time zone time_zone end as completed_at,
    days,
    case
        when returned < as_of and oddity not between 0.002 and 0.004
            then round(
                (round((daily_rate * price_index / 10)::numeric) * 10 * days)
                * case when days >= 7 then 0.85 when days >= 4 then 0.9 else 1 end, 2
            )
    end as amount
from times
where started < as_of
on conflict do nothing;
