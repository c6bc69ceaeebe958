-- Fixed costs of the demo CRM, each branch's and the network's own, per month and item; adds missing months.

insert into crm.fixed_costs (branch_id, month, item, amount)
with months as (
    select
        date_trunc('month', days.day)::date as month,
        avg(days.price_index) as price_index
    from demo.days as days
    group by date_trunc('month', days.day)
),

turnovers as (
    -- what a branch takes in an average month, repairs and rentals
    select
        branches.branch_id,
        branches.closed_on,
        settings.seed * 1000 as salt,
        settings.repairs_per_day * 30 * 3900
        * shares.share / sum(shares.share) filter (where branches.closed_on is null) over () as turnover
    from demo.settings as settings
    cross join crm.branches as branches
    inner join demo.branch_shares as shares on branches.branch_id = shares.branch_id
),

network as (
    select sum(turnover) as turnover
    from turnovers
    where closed_on is null
),

branch_items (item, share, floor_amount, step) as (
    values
    ('Аренда', 0.11, 18000, 500),
    ('Зарплата', 0.36, 45000, 1000),
    ('Коммунальные услуги', 0.018, 3500, 1),
    ('Связь и интернет', 0.001, 2400, 10),
    ('Охрана', 0.002, 3200, 100)
),

network_items (item, share, floor_amount, step) as (
    values
    ('Бухгалтерия', 0.012, 25000, 1000),
    ('Реклама', 0.02, 15000, 1000),
    ('Склад', 0.01, 12000, 500),
    ('CRM и телефония', 0.002, 6900, 100)
),

amounts as (
    select
        turnovers.branch_id,
        months.month,
        items.item,
        items.step,
        (items.floor_amount + items.share * turnovers.turnover::double precision)
        * months.price_index
        * (0.95 + 0.1 * demo.draw(turnovers.branch_id * 100 + length(items.item), turnovers.salt + 71))
        -- bills for heat and light differ from month to month
        * case
            when items.step = 1
                then 0.8 + 0.4 * demo.draw(
                    turnovers.branch_id * 100000 + (months.month - date '1990-01-01'), turnovers.salt + 72
                )
            else 1
        end as amount
    from months
    inner join turnovers on turnovers.closed_on is null or months.month <= turnovers.closed_on
    cross join branch_items as items
    union all
    select
        null as branch_id,
        months.month,
        items.item,
        items.step,
        (items.floor_amount + items.share * network.turnover::double precision) * months.price_index as amount
    from months
    cross join network_items as items
    cross join network
)

select
    branch_id,
    month,
    item,
    case
        when step = 1 then round(amount::numeric, 2)
        else round((amount / step)::numeric) * step
    end as amount
from amounts
order by month, branch_id, item
on conflict do nothing;
