-- Events of the demo CRM's repairs in the last two months: every status of their timeline, and some comments.
--
-- What is there already is left alone; a repair that was taken out and put back begins anew.

insert into crm.repair_events (
    repair_id, kind, occurred_at, recorded_at, old_status_id, new_status_id, author, comment, is_for_customer
)
with since as (
    select
        settings.seed * 1000 as salt,
        settings.as_of - interval '60 days' as starts_at
    from demo.settings as settings
),

changes as (
    select
        timeline.repair_id,
        timeline.changed_at,
        timeline.status_id,
        lag(timeline.status_id) over (
            partition by timeline.repair_id
            order by timeline.changed_at, timeline.status_id
        ) as former_id
    from since
    inner join crm.repairs as repairs on since.starts_at <= repairs.status_changed_at
    inner join crm.status_changes as timeline on repairs.repair_id = timeline.repair_id
),

statuses as (
    select
        changes.repair_id,
        case when changes.former_id is null then 'created' else 'status' end as kind,
        changes.changed_at,
        changes.former_id,
        changes.status_id,
        'staff' as author,
        null as comment,
        false as is_for_customer
    from changes
),

comments as (
    select
        changes.repair_id,
        'comment' as kind,
        changes.changed_at + interval '20 minutes' as changed_at,
        null::smallint as former_id,
        null::smallint as status_id,
        case
            when demo.draw(changes.repair_id, since.salt + 61) < 0.5 then 'staff' else 'customer'
        end as author,
        case
            when demo.draw(changes.repair_id, since.salt + 61) < 0.5
                then 'Деталь приедет через два-три дня, сообщим, как только поставим.'
            else 'Подскажите, пожалуйста, когда можно будет забрать?'
        end as comment,
        true as is_for_customer
    from since
    inner join changes on changes.former_id is not null
    where
        changes.status_id in (6, 7)
        and demo.draw(changes.repair_id, since.salt + 62) < 0.3
),

found as (
    select * from statuses
    union all
    select * from comments
)

select
    found.repair_id,
    found.kind,
    found.changed_at as occurred_at,
    found.changed_at as recorded_at,
    found.former_id as old_status_id,
    found.status_id as new_status_id,
    found.author,
    found.comment,
    found.is_for_customer
from found
cross join since
left join crm.repair_events as known
    on
        found.repair_id = known.repair_id
        and found.kind = known.kind
        and found.changed_at = known.occurred_at
where
    found.changed_at >= since.starts_at
    and known.event_id is null
order by found.changed_at, found.repair_id, found.kind;
