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
where
    message.part = 1
    and message.state <> 'preview'
    and (%(subject)s::text is null or message.subject = %(subject)s::text)
order by message.message_id;

-- name: tallies_of_periods
-- How many messages about each period came, came after its instant, are on their way, or did not come.
with wanted as (
    select
        unnest(%(notifications)s::text[]) as notification,
        unnest(%(periods)s::text[]) as period,
        unnest(%(bys)s::timestamptz[]) as by_at
)

select
    wanted.notification,
    wanted.period,
    tally.messages,
    tally.late,
    tally.under_way,
    tally.not_come,
    tally.last_at
from wanted
cross join
    lateral (
        select
            count(*)::integer as messages,
            (count(*) filter (where arrived.at > wanted.by_at))::integer as late,
            (
                count(*) filter (where arrived.at is null and message.state in ('stored', 'sending'))
            )::integer as under_way,
            (
                count(*) filter (where arrived.at is null and message.state not in ('stored', 'sending'))
            )::integer as not_come,
            max(arrived.at) as last_at
        from notifications.messages as message
        cross join
            lateral (
                select
                    case
                        -- The only text that its chat has had: no need to look for the first.
                        when message.state in ('sent', 'covered') and message.sent_revision = 1
                            then message.sent_at
                        else coalesce(
                            (
                                select min(attempt.finished_at)
                                from notifications.attempts as attempt
                                where attempt.message_id = message.message_id and attempt.result = 'sent'
                            ),
                            case when message.state in ('sent', 'covered') then message.sent_at end
                        )
                    end as at
            ) as arrived
        where
            message.notification = wanted.notification
            and message.period = wanted.period
            and message.part = 1
            and message.state <> 'preview'
            and (%(subject)s::text is null or message.subject = %(subject)s::text)
    ) as tally
where tally.messages > 0;

-- name: worst_of_periods
-- Of the messages about each period the worst: what did not come, then what came late.
with wanted as (
    select
        unnest(%(notifications)s::text[]) as notification,
        unnest(%(periods)s::text[]) as period,
        unnest(%(bys)s::timestamptz[]) as by_at
)

select
    worst.*,
    (
        select attempt.result
        from notifications.attempts as attempt
        where attempt.message_id = worst.message_id and attempt.result <> 'sent'
        order by attempt.slot_at
        limit 1
    ) as trouble
from wanted
cross join
    lateral (
        select
            message.message_id,
            message.notification,
            message.period,
            message.subject,
            message.label,
            message.state,
            message.stored_at,
            message.sent_at,
            arrived.at as arrived_at,
            coalesce(message.reason_for_staff, '') as reason_for_staff
        from notifications.messages as message
        cross join
            lateral (
                select
                    case
                        when message.state in ('sent', 'covered') and message.sent_revision = 1
                            then message.sent_at
                        else coalesce(
                            (
                                select min(attempt.finished_at)
                                from notifications.attempts as attempt
                                where attempt.message_id = message.message_id and attempt.result = 'sent'
                            ),
                            case when message.state in ('sent', 'covered') then message.sent_at end
                        )
                    end as at
            ) as arrived
        where
            message.notification = wanted.notification
            and message.period = wanted.period
            and message.part = 1
            and message.state <> 'preview'
            and (%(subject)s::text is null or message.subject = %(subject)s::text)
        order by
            case
                when arrived.at is null and message.state not in ('stored', 'sending') then 0
                when arrived.at is null then 1
                when arrived.at > wanted.by_at then 2
                else 3
            end,
            message.message_id
        limit %(most)s
    ) as worst
order by worst.message_id;

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
