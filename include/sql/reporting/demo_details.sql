-- Services, parts and timeline of the demo CRM's repairs: their lines add up to the repair's totals, to the kopeck.
--
-- Repairs from before details_since have totals only: a benchmark's millions need no lines.

insert into crm.repair_services (repair_id, line_number, name, amount)
with bills as (
    select
        repairs.repair_id,
        repairs.services_total,
        models.power_source,
        settings.seed * 1000 as salt,
        1 + floor(3 * demo.draw(repairs.repair_id, settings.seed * 1000 + 41))::integer as lines
    from demo.settings as settings
    inner join crm.repairs as repairs
        on (settings.details_since::timestamp at time zone settings.time_zone) <= repairs.created_at
    left join crm.device_models as models on repairs.device_model_id = models.device_model_id
    where
        repairs.services_total > 0
        and not exists (select 1 from crm.repair_services as known where repairs.repair_id = known.repair_id)
)

select
    bills.repair_id,
    line_number,
    case
        when line_number = 1 then 'Диагностика'
        else (
            select array_agg(names.name order by names.name)
            from demo.service_names as names
            where coalesce(bills.power_source, 'mains') = names.power_source
        )[1 + (floor(4 * demo.draw(bills.repair_id, bills.salt + 42))::integer + line_number) % 4]
    end as name,
    -- the last line takes what the others leave
    case
        when line_number < bills.lines then floor(bills.services_total / (bills.lines + 1) / 10) * 10
        else bills.services_total - (bills.lines - 1) * floor(bills.services_total / (bills.lines + 1) / 10) * 10
    end as amount
from bills
cross join lateral generate_series(1, bills.lines) as line_number;

insert into crm.repair_parts (repair_id, line_number, name, quantity, sale_amount, purchase_amount)
with bills as (
    select
        repairs.repair_id,
        repairs.parts_total,
        repairs.parts_cost,
        models.power_source,
        settings.seed * 1000 as salt,
        case
            when repairs.parts_total > 0
                then 1 + floor(2 * demo.draw(repairs.repair_id, settings.seed * 1000 + 51))::integer
            else 1
        end as lines
    from demo.settings as settings
    inner join crm.repairs as repairs
        on (settings.details_since::timestamp at time zone settings.time_zone) <= repairs.created_at
    left join crm.device_models as models on repairs.device_model_id = models.device_model_id
    where
        (repairs.parts_total > 0 or repairs.parts_cost > 0)
        and not exists (select 1 from crm.repair_parts as known where repairs.repair_id = known.repair_id)
)

select
    bills.repair_id,
    line_number,
    case
        when bills.parts_total = 0 then 'Расходные материалы'
        else (
            select array_agg(names.name order by names.name)
            from demo.part_names as names
            where coalesce(bills.power_source, 'mains') = names.power_source
        )[1 + (floor(3 * demo.draw(bills.repair_id, bills.salt + 52))::integer + line_number) % 3]
    end as name,
    1 + floor(1.2 * demo.draw(bills.repair_id, bills.salt + 53))::smallint as quantity,
    case
        when line_number < bills.lines then floor(bills.parts_total * 0.3 / 10) * 10
        else bills.parts_total - (bills.lines - 1) * floor(bills.parts_total * 0.3 / 10) * 10
    end as sale_amount,
    case
        when line_number < bills.lines then round(bills.parts_cost * 0.3, 2)
        else bills.parts_cost - (bills.lines - 1) * round(bills.parts_cost * 0.3, 2)
    end as purchase_amount
from bills
cross join lateral generate_series(1, bills.lines) as line_number;

insert into crm.status_changes (repair_id, changed_at, status_id)
select
    plans.repair_id,
    demo.local_time(steps.at_second, plans.days_a_week) at time zone settings.time_zone as changed_at,
    steps.status_id
from demo.settings as settings
cross join lateral demo.repair_plans(
    greatest(settings.refill_from, settings.details_since), (settings.as_of at time zone settings.time_zone)::date
) as plans
cross join lateral demo.repair_steps(
    plans.path,
    array[
        plans.created_second, plans.diagnostics_second, plans.decided_second, plans.ready_second, plans.closed_second
    ]
) as steps
where
    steps.at_second < plans.as_of_second
    and not exists (select 1 from crm.status_changes as known where plans.repair_id = known.repair_id);
