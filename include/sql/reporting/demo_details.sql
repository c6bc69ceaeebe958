-- Services, parts and timeline of the demo CRM's repairs: lines add up to the repair's totals, to the kopeck.
--
-- Repairs from before details_since have totals only: a benchmark's millions need no lines.

insert into crm.repair_services (repair_id, line_number, name, amount)
with bills as (
    select
        repairs.repair_id,
        repairs.services_total,
        words.words as services,
        demo.draw(repairs.repair_id, settings.seed * 1000 + 42) as service,
        1 + floor(3 * demo.draw(repairs.repair_id, settings.seed * 1000 + 41))::integer as lines_count
    from demo.settings as settings
    inner join crm.repairs as repairs
        on (settings.details_since::timestamp at time zone settings.time_zone) <= repairs.created_at
    left join crm.device_models as models on repairs.device_model_id = models.device_model_id
    left join crm.repair_services as known on repairs.repair_id = known.repair_id
    inner join demo.words as words on words.kind = 'service ' || coalesce(models.power_source, 'mains')
    where
        repairs.services_total > 0
        and known.repair_id is null
),

shares as (
    select
        bills.*,
        floor(bills.services_total / (bills.lines_count + 1) / 10) * 10 as share
    from bills
)

select
    shares.repair_id,
    lines.line_number,
    case
        when lines.line_number = 1 then 'Диагностика'
        -- neighbours in the list, so that no service stands there twice
        else shares.services[
            1 + (floor(4 * shares.service)::integer + lines.line_number) % cardinality(shares.services)
        ]
    end as name,
    case
        when lines.line_number < shares.lines_count then shares.share
        else shares.services_total - (shares.lines_count - 1) * shares.share
    end as amount
from shares
cross join generate_series(1, shares.lines_count) as lines (line_number);

insert into crm.repair_parts (repair_id, line_number, name, quantity, sale_amount, purchase_amount)
with bills as (
    select
        repairs.repair_id,
        repairs.parts_total,
        repairs.parts_cost,
        words.words as parts,
        demo.draw(repairs.repair_id, settings.seed * 1000 + 52) as part,
        demo.draw(repairs.repair_id, settings.seed * 1000 + 53) as quantity,
        case
            when repairs.parts_total > 0
                then 1 + floor(2 * demo.draw(repairs.repair_id, settings.seed * 1000 + 51))::integer
            else 1
        end as lines_count
    from demo.settings as settings
    inner join crm.repairs as repairs
        on (settings.details_since::timestamp at time zone settings.time_zone) <= repairs.created_at
    left join crm.device_models as models on repairs.device_model_id = models.device_model_id
    left join crm.repair_parts as known on repairs.repair_id = known.repair_id
    inner join demo.words as words on words.kind = 'part ' || coalesce(models.power_source, 'mains')
    where
        (repairs.parts_total > 0 or repairs.parts_cost > 0)
        and known.repair_id is null
),

shares as (
    select
        bills.*,
        floor(bills.parts_total * 0.3 / 10) * 10 as sale_share,
        round(bills.parts_cost * 0.3, 2) as purchase_share
    from bills
)

select
    shares.repair_id,
    lines.line_number,
    case
        when shares.parts_total = 0 then 'Расходные материалы'
        else shares.parts[
            1 + (floor(3 * shares.part)::integer + lines.line_number) % cardinality(shares.parts)
        ]
    end as name,
    1 + floor(1.2 * shares.quantity)::smallint as quantity,
    case
        when lines.line_number < shares.lines_count then shares.sale_share
        else shares.parts_total - (shares.lines_count - 1) * shares.sale_share
    end as sale_amount,
    case
        when lines.line_number < shares.lines_count then shares.purchase_share
        else shares.parts_cost - (shares.lines_count - 1) * shares.purchase_share
    end as purchase_amount
from shares
cross join generate_series(1, shares.lines_count) as lines (line_number);

insert into crm.status_changes (repair_id, changed_at, status_id)
select
    plans.repair_id,
    demo.instant(steps.at_second, plans.days_a_week, settings.time_zone) as changed_at,
    steps.status_id
from demo.settings as settings
cross join
    lateral demo.repair_plans(
        greatest(settings.refill_from, settings.details_since),
        (settings.as_of at time zone settings.time_zone)::date
    ) as plans
cross join
    lateral demo.repair_steps(
        plans.path,
        array[
            plans.created_second, plans.diagnostics_second, plans.decided_second,
            plans.ready_second, plans.closed_second
        ]
    ) as steps
left join crm.status_changes as known on plans.repair_id = known.repair_id
where
    steps.at_second < plans.as_of_second
    and known.repair_id is null;
