-- Days of the demo's history up to the settings' as_of, with the numbers of their orders; adds missing ones.

insert into demo.days (
    day, repairs_before, repairs_count, rentals_before, rentals_count, price_index,
    open_branch_ids, device_model_ids
)
with workloads as (
    select
        settings.made_on,
        days.day::date as day,
        settings.repairs_per_day,
        sum(demo.workload(days.day::date)) over (order by days.day) as workload_until,
        demo.workload(days.day::date) as workload
    from demo.settings as settings
    cross join generate_series(
        settings.first_on::timestamp,
        -- at midnight the next day has not begun
        settings.as_of at time zone settings.time_zone - interval '1 second',
        interval '1 day'
    ) as days (day)
),

counts as (
    select
        made_on,
        day,
        round(repairs_per_day * (workload_until - workload))::bigint as repairs_before,
        round(repairs_per_day * workload_until)::bigint as repairs_until,
        round(repairs_per_day * 0.4 * (workload_until - workload))::bigint as rentals_before,
        round(repairs_per_day * 0.4 * workload_until)::bigint as rentals_until
    from workloads
),

models as (
    select
        months.month_number,
        array_agg(device_models.device_model_id order by device_models.device_model_id, slots.slot) as ids
    from generate_series(1, 12) as months (month_number)
    cross join demo.categories as categories
    inner join crm.device_models as device_models on categories.category = device_models.category
    cross join generate_series(1, categories.month_shares[months.month_number]) as slots (slot)
    group by months.month_number
)

select
    counts.day,
    counts.repairs_before,
    counts.repairs_until - counts.repairs_before as repairs_count,
    counts.rentals_before,
    counts.rentals_until - counts.rentals_before as rentals_count,
    1 / (1 + 0.07 * greatest(counts.made_on - counts.day, 0) / 365.0) as price_index,
    branches.ids as open_branch_ids,
    models.ids as device_model_ids
from counts
inner join models on extract(month from counts.day) = models.month_number
cross join
    lateral (
        select array_agg(open_branches.branch_id order by open_branches.branch_id, slots.slot) as ids
        from crm.branches as open_branches
        inner join demo.branch_shares as shares on open_branches.branch_id = shares.branch_id
        cross join generate_series(1, shares.share) as slots (slot)
        where
            (open_branches.works_on_sunday or extract(isodow from counts.day) < 7)
            and (open_branches.closed_on is null or counts.day <= open_branches.closed_on)
    ) as branches
on conflict (day) do nothing;

analyze demo.days;
