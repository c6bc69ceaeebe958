-- Repairs of the demo CRM as they stand at the settings' as_of.

insert into crm.repairs (
    repair_id, number, customer_id, branch_id, created_at, status_changed_at, completed_at, rejected_at,
    device_model_id, status_id, needs_callback, services_total, parts_total, discount_total, parts_cost
)
with plans as (
    select
        plans.*,
        settings.time_zone,
        settings.seed * 1000 as salt,
        plans.closed_second < plans.as_of_second as is_closed,
        plans.path in ('in stock', 'part ordered') and plans.ready_second < plans.as_of_second as is_done,
        case
            when plans.closed_second < plans.as_of_second
                then array[
                    case plans.path when 'refused' then 11 when 'scrapped' then 12 else 10 end,
                    plans.closed_second
                ]
            else (
                select array[steps.status_id, steps.at_second]
                from
                    demo.repair_steps(
                        plans.path,
                        array[
                            plans.created_second, plans.diagnostics_second, plans.decided_second,
                            plans.ready_second, plans.closed_second
                        ]
                    ) as steps
                where steps.at_second < plans.as_of_second
                order by steps.at_second desc, steps.status_id desc
                limit 1
            )
        end as last_step,
        -- every other repair brings a new customer
        case
            when plans.repair_id % 2 = 1 then (plans.repair_id + 1) / 2
            else 1 + floor(plans.repair_id / 2 * demo.draw(plans.repair_id, settings.seed * 1000 + 11))::int8
        end as customer_id,
        demo.draw(plans.repair_id, settings.seed * 1000 + 12) as oddity,
        -- prices are rounded to ten roubles
        round(
            (
                categories.price_from + (categories.price_to - categories.price_from)
                * demo.draw(plans.repair_id, settings.seed * 1000 + 13) ^ 2
            )
            * plans.price_index / 10
        ) * 10 as bill,
        case
            when plans.path = 'part ordered' or demo.draw(plans.repair_id, settings.seed * 1000 + 14) < 0.45
                then 0.2 + 0.35 * demo.draw(plans.repair_id, settings.seed * 1000 + 15)
            else 0
        end as parts_share,
        demo.draw(plans.repair_id, settings.seed * 1000 + 16) as discount_chance,
        demo.draw(plans.repair_id, settings.seed * 1000 + 17) as cost_chance,
        demo.draw(plans.repair_id, settings.seed * 1000 + 18) as callback_chance
    from demo.settings as settings
    cross join
        lateral demo.repair_plans(
            settings.refill_from, (settings.as_of at time zone settings.time_zone)::date
        ) as plans
    inner join crm.device_models as device_models on plans.device_model_id = device_models.device_model_id
    inner join demo.categories as categories on device_models.category = categories.category
    offset 0 -- noqa: AM09
),

amounts as (
    select
        plans.*,
        round(plans.bill * plans.parts_share / 10) * 10 as parts_amount,
        -- one in eight has a card for five per cent
        case when plans.discount_chance < 0.12 then round(plans.bill * 0.005) * 10 else 0 end as discount
    from plans
    offset 0 -- noqa: AM09
)

select
    repair_id,
    10000 + repair_id as number,
    customer_id,
    case when oddity >= 0.001 then branch_id end as branch_id,
    demo.instant(created_second, days_a_week, time_zone) as created_at,
    demo.instant(last_step[2], days_a_week, time_zone) as status_changed_at,
    case
        when is_closed and is_done then demo.instant(closed_second, days_a_week, time_zone)
    end as completed_at,
    case
        when is_closed and not is_done then demo.instant(closed_second, days_a_week, time_zone)
    end as rejected_at,
    case when oddity < 0.99 then device_model_id end as device_model_id,
    last_step[1]::smallint as status_id,
    callback_chance < case last_step[1]
        when 8 then 0.12
        when 6 then 0.3
        when 3 then 0.2
        else 0
    end as needs_callback,
    -- now and then nobody wrote down what was paid, or what the parts had cost
    case
        when is_done and oddity not between 0.002 and 0.004 then (bill - parts_amount)::numeric
    end as services_total,
    case when is_done then parts_amount::numeric end as parts_total,
    case when is_done then discount::numeric end as discount_total,
    case
        when not is_done or oddity between 0.01 and 0.025 then null
        when parts_amount > 0 then round((parts_amount * (0.55 + 0.2 * cost_chance))::numeric, 2)
        else round((20 + 60 * cost_chance)::numeric, 0)
    end as parts_cost
from amounts
on conflict do nothing;

-- the statements that follow join these rows, and are planned before autovacuum comes by
analyze crm.repairs;
