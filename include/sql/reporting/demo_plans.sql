-- What becomes of each repair that came in on some days, and when: the CRM's rows are cut from this at as_of.
--
-- `offset 0`, here and in what follows, keeps PostgreSQL from folding a step into the next one, where each
-- draw would be computed again for every use of it.

create function demo.repair_plans(from_day date, to_day date) returns table (
    repair_id bigint,
    created_on date,
    branch_id bigint,
    days_a_week integer,
    device_model_id integer,
    path text,
    price_index double precision,
    created_second bigint,
    diagnostics_second bigint,
    decided_second bigint,
    ready_second bigint,
    closed_second bigint,
    as_of_second bigint
)
language sql stable as $$
    with clock as (
        -- the moment of the data, in seconds of opening time of branches that work six and seven days a week
        select
            settings.seed * 1000 as salt,
            days_a_week,
            demo.working_seconds(
                moment::date,
                days_a_week,
                case
                    when extract(isodow from moment) <= days_a_week
                        then least(greatest(extract(epoch from moment::time - time '09:00'), 0), 36000)
                    else 0
                end
            ) as as_of_second
        from demo.settings as settings
        cross join lateral (select settings.as_of at time zone settings.time_zone as moment) as moments
        cross join generate_series(6, 7) as days_a_week
    ),

    arrivals as (
        select
            days.repairs_before + position as repair_id,
            days.day as created_on,
            days.price_index,
            (position - demo.draw(days.repairs_before + position, settings.seed * 1000 + 1))
            / days.repairs_count * 36000 as second_of_day,
            days.open_branch_ids[
                1 + floor(cardinality(days.open_branch_ids)
                    * demo.draw(days.repairs_before + position, settings.seed * 1000 + 2))::integer
            ] as branch_id,
            days.device_model_ids[
                1 + floor(cardinality(days.device_model_ids)
                    * demo.draw(days.repairs_before + position, settings.seed * 1000 + 3))::integer
            ] as device_model_id,
            demo.draw(days.repairs_before + position, settings.seed * 1000 + 4) as fate
        from demo.settings as settings
        cross join demo.days as days
        cross join generate_series(1, days.repairs_count) as position
        where days.day between from_day and to_day
        offset 0
    ),

    starts as (
        select
            arrivals.*,
            case
                when fate < 0.66 then 'in stock'
                when fate < 0.90 then 'part ordered'
                when fate < 0.98 then 'refused'
                else 'scrapped'
            end as path,
            demo.working_seconds(created_on, clock.days_a_week, second_of_day) as created_second,
            clock.days_a_week,
            clock.as_of_second,
            clock.salt
        from arrivals
        inner join crm.branches as branches using (branch_id)
        inner join clock on clock.days_a_week = case when branches.works_on_sunday then 7 else 6 end
        offset 0
    ),

    durations as (
        select
            starts.*,
            600 + 9000 * demo.draw(repair_id, salt + 5) as diagnostics_seconds,
            36000 * (0.1 + 1.2 * demo.draw(repair_id, salt + 6) ^ 2) as decision_seconds,
            36000 * case path
                when 'in stock' then 0.2 + 2.2 * demo.draw(repair_id, salt + 7)
                when 'part ordered' then 3 + 9 * demo.draw(repair_id, salt + 7)
                else 0
            end as work_seconds,
            -- most customers come within three days, a few within two months
            36000 * (0.1 + 3 * demo.draw(repair_id, salt + 8) + 45 * greatest(demo.draw(repair_id, salt + 9) - 0.96, 0) / 0.04)
                as waiting_seconds
        from starts
        offset 0
    )

    select
        repair_id,
        created_on,
        branch_id,
        days_a_week,
        device_model_id,
        path,
        price_index,
        created_second,
        (created_second + diagnostics_seconds)::bigint,
        (created_second + diagnostics_seconds + decision_seconds)::bigint,
        (created_second + diagnostics_seconds + decision_seconds + work_seconds)::bigint,
        (created_second + diagnostics_seconds + decision_seconds + work_seconds + waiting_seconds)::bigint,
        as_of_second
    from durations
    where created_second < as_of_second
$$;

-- The steps of a plan: which status the repair gets in which second of opening time.
create function demo.repair_steps(plan_path text, seconds bigint[]) returns table (
    status_id smallint, at_second bigint
)
language sql stable as $$
    select
        paths.status_id,
        (seconds[paths.stage + 1] + paths.fraction * coalesce(seconds[paths.stage + 2] - seconds[paths.stage + 1], 0))::bigint
    from demo.paths as paths
    where paths.path = plan_path
$$;
