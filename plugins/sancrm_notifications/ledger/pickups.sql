-- Reminders of repairs that wait to be collected, and who has said that they come.

-- name: reminded
-- How often a repair's client was reminded, when last, and whether that is over.
with asked as (
    select unnest(%(repair_ids)s::bigint[]) as repair_id
),

reminders as (
    select
        reminder.repair_id,
        max(reminder.number) as number,
        max(reminder.reminded_at) as last_at,
        bool_or(reminder.is_refused) as is_refused
    from notifications.pickup_reminders as reminder
    inner join asked on reminder.repair_id = asked.repair_id
    group by reminder.repair_id
),

promises as (
    select distinct promise.repair_id
    from notifications.pickup_promises as promise
    inner join asked on promise.repair_id = asked.repair_id
)

select
    asked.repair_id,
    reminders.last_at,
    coalesce(reminders.number, 0) as number,
    coalesce(reminders.is_refused, false) or promises.repair_id is not null as is_over
from asked
left join reminders on asked.repair_id = reminders.repair_id
left join promises on asked.repair_id = promises.repair_id
where reminders.repair_id is not null or promises.repair_id is not null;

-- name: note_reminded
-- One more reminder of each repair, or that there will be none.
insert into notifications.pickup_reminders (repair_id, number, is_refused)
select
    asked.repair_id,
    coalesce(max(former.number), 0) + 1 as number,
    %(is_refused)s::boolean as is_refused
from unnest(%(repair_ids)s::bigint[]) as asked (repair_id)
left join notifications.pickup_reminders as former on asked.repair_id = former.repair_id
group by asked.repair_id;

-- name: note_promise
-- «Понял, приду» under a message, about all repairs that it tells of.
insert into notifications.pickup_promises (repair_id, message_id)
select
    unnest(%(repair_ids)s::bigint[]) as repair_id,
    %(message_id)s::bigint as message_id
on conflict (repair_id, message_id) do nothing;
