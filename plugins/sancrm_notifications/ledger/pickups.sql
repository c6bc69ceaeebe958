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

-- name: forget_unsent_reminders
-- A repair's last reminder that nobody got was none: all its messages came to their end of use before one
-- began to be sent, as when the night came first. They are found by the day that stands in their key.
with last as (
    select distinct on (reminder.repair_id)
        reminder.repair_id,
        reminder.number,
        to_char(reminder.reminded_at at time zone %(zone)s::text, 'YYYY-MM-DD') as period
    from notifications.pickup_reminders as reminder
    where reminder.repair_id = any(%(repair_ids)s::bigint[]) and not reminder.is_refused
    order by reminder.repair_id asc, reminder.number desc
),

told_of as (
    select
        message.period,
        told.repair_id::bigint as repair_id,
        bool_and(
            message.state in ('stored', 'parked', 'expired')
            and message.telegram_message_id is null
            and message.expires_at <= clock_timestamp()
            -- What Telegram does not take is refused as well tomorrow.
            and not exists (
                select 1 from notifications.attempts as attempt
                where attempt.message_id = message.message_id and attempt.result = 'bad_message'
            )
        ) as is_unsent
    from notifications.messages as message
    cross join lateral jsonb_array_elements_text(message.figures -> 'repair_ids') as told (repair_id)
    where
        message.notification = %(notification)s::text
        and message.period in (select last.period from last)
        and message.state <> 'preview'
    group by message.period, told.repair_id
)

delete from notifications.pickup_reminders as reminder
using last
inner join told_of on last.period = told_of.period and last.repair_id = told_of.repair_id
where
    reminder.repair_id = last.repair_id
    and reminder.number = last.number
    and told_of.is_unsent;

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
