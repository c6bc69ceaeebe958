-- Whether reports came when they were expected.

-- name: reports_of_periods
-- The messages of these notifications about these periods, each with its first arrival and its first trouble.
with wanted as (
    select
        unnest(%(notifications)s::text[]) as notification,
        unnest(%(periods)s::text[]) as period
)

select
    message.notification,
    message.period,
    message.subject,
    message.label,
    message.state,
    message.stored_at,
    message.sent_at,
    tried.arrived_at,
    tried.trouble,
    coalesce(message.reason_for_staff, '') as reason_for_staff
from wanted
inner join notifications.messages as message
    on wanted.notification = message.notification and wanted.period = message.period
left join lateral (
    select
        min(attempt.finished_at) filter (where attempt.result = 'sent') as arrived_at,
        (
            array_agg(attempt.result order by attempt.slot_at) filter (where attempt.result <> 'sent')
        )[1] as trouble
    from notifications.attempts as attempt
    where attempt.message_id = message.message_id
) as tried on true
where message.part = 1 and message.state <> 'preview'
order by message.message_id;

-- name: first_messages
-- When each of these DAGs stored its first message.
select
    wanted.dag,
    (
        select min(message.stored_at)
        from notifications.messages as message
        where coalesce(message.dag_id, message.notification) = wanted.dag
    ) as stored_at
from (select unnest(%(dag_ids)s::text[]) as dag) as wanted;
