-- The log that people read: messages of a span, newest first, and everything about one of them.

-- name: messages_with_error
-- The messages that the newest requests with this result were for.
select message_id
from notifications.attempts
where
    result = %(result)s
    -- The index has what went wrong only.
    and result <> 'sent'
    and slot_at >= %(from_at)s
    and slot_at < %(until_at)s
order by slot_at desc
limit %(most)s;

-- name: messages_with_key
-- The messages whose keys begin so; of more than are looked for it does not matter which.
select message_id
from notifications.messages
where key like %(key_like)s::text
limit %(most)s; -- noqa: AM09

-- name: notifications_of_dags
-- Which DAG has stored which notification, one look into the index for each.
with recursive known as (
    (
        select
            notification,
            coalesce(dag_id, notification) as dag
        from notifications.messages
        order by notification, coalesce(dag_id, notification)
        limit 1
    )
    union all
    select
        following.notification,
        following.dag
    from known
    cross join
        lateral (
            select
                message.notification,
                coalesce(message.dag_id, message.notification) as dag
            from notifications.messages as message
            where
                (message.notification, coalesce(message.dag_id, message.notification))
                > (known.notification, known.dag)
            order by message.notification, coalesce(message.dag_id, message.notification)
            limit 1
        ) as following
)

select
    notification,
    dag
from known;

-- name: log_rows
-- A page of the log: each DAG gives its newest rows that fit the filters, the newest of all are shown.
with readable as (
    select unnest(%(dag_ids)s::text[]) as dag
)

select
    found.*,
    last.result,
    last.http_status,
    last.description,
    last.slot_at,
    last.attempt_chat_id,
    last.seconds
from readable
inner join lateral (
    select
        message.message_id,
        message.key,
        message.notification,
        message.period,
        message.subject,
        message.destination,
        message.label,
        message.part,
        message.parts,
        message.state,
        message.revision,
        message.possible_repeats,
        message.chat_id,
        message.message_thread_id,
        message.telegram_message_id,
        message.run_id,
        message.stored_at,
        message.sent_at,
        message.expires_at,
        message.reason_for_staff,
        coalesce(message.dag_id, message.notification) as dag_id
    from notifications.messages as message
    where
        coalesce(message.dag_id, message.notification) = readable.dag
        and message.stored_at >= %(from_at)s
        and message.stored_at < %(until_at)s
        and (message.stored_at, message.message_id) < (%(before_at)s::timestamptz, %(before_id)s::bigint)
        and message.state <> 'preview'
        and (
            message.state = %(state)s::text
            or (%(state)s::text is null and message.state <> 'covered')
        )
        and (%(notification)s::text is null or message.notification = %(notification)s::text)
        and (%(destination)s::text is null or message.destination = %(destination)s::text)
        and (
            %(branch)s::text is null
            or message.subject collate "C" = %(branch)s::text -- noqa: RF03
            or message.destination in (%(branch)s::text, %(team)s::text)
        )
        and (%(chat_id)s::text is null or message.chat_id = %(chat_id)s::text)
        and (%(run_id)s::text is null or message.run_id = %(run_id)s::text)
        and (%(key_like)s::text is null or message.key like %(key_like)s::text)
        and (%(message_ids)s::bigint[] is null or message.message_id = any(%(message_ids)s::bigint[]))
    order by message.stored_at desc, message.message_id desc
    limit %(most)s
) as found on true
left join lateral (
    select
        attempt.result,
        attempt.http_status,
        attempt.description,
        attempt.slot_at,
        attempt.chat_id as attempt_chat_id,
        extract(epoch from attempt.finished_at - attempt.slot_at)::double precision as seconds
    from notifications.attempts as attempt
    where attempt.message_id = found.message_id
    order by attempt.slot_at desc
    limit 1
) as last on true
order by found.stored_at desc, found.message_id desc
limit %(most)s;

-- name: opened_message
-- Everything the ledger keeps of one message.
select
    message_id,
    key,
    notification,
    period,
    subject,
    destination,
    label,
    part,
    parts,
    html,
    rich_html,
    buttons,
    figures,
    picture,
    silent,
    state,
    reason,
    reason_for_staff,
    revision,
    sent_revision,
    sent_form,
    possible_repeats,
    chat_id,
    message_thread_id,
    telegram_message_id,
    run_id,
    stored_at,
    sent_at,
    expires_at,
    not_before,
    coalesce(dag_id, notification) as dag_id,
    expires_at <= clock_timestamp() as is_past_use
from notifications.messages
where message_id = %(message_id)s and state <> 'preview';

-- name: attempts_of_message
-- Each request made for a message, in order of time.
select
    slot_at,
    method,
    chat_id,
    result,
    http_status,
    description,
    retry_after_seconds,
    dag_id,
    run_id,
    try_number,
    extract(epoch from finished_at - slot_at)::double precision as seconds
from notifications.attempts
where message_id = %(message_id)s
order by slot_at
limit 500;

-- name: revisions_of_message
-- What a message's figures were before each edit, the oldest first.
select
    revision,
    figures,
    sent_at,
    replaced_at
from notifications.revisions
where message_id = %(message_id)s
order by revision
limit 200;

-- name: hours_of_day
-- A day's messages by hour and state; hours count from the day's beginning.
select
    message.state,
    floor(extract(epoch from message.stored_at - %(from_at)s::timestamptz) / 3600)::integer as hour,
    count(*)::integer as messages
from notifications.messages as message
where
    coalesce(message.dag_id, message.notification) = any(%(dag_ids)s::text[])
    and message.stored_at >= %(from_at)s
    and message.stored_at < %(until_at)s
    and message.state not in ('preview', 'covered')
group by hour, message.state
order by hour, message.state;

-- name: requests_of_day
-- How a day's requests went: how many, how many were refused or unknown, and the slowest, of which message.
with requested as (
    select
        attempt.message_id,
        attempt.result,
        attempt.finished_at - attempt.slot_at as lasting
    from notifications.messages as message
    inner join notifications.attempts as attempt on message.message_id = attempt.message_id
    where
        coalesce(message.dag_id, message.notification) = any(%(dag_ids)s::text[])
        and message.stored_at >= %(from_at)s
        and message.stored_at < %(until_at)s
        and message.state not in ('preview', 'covered')
)

select
    count(*)::integer as requests,
    count(*) filter (where result <> 'sent')::integer as failures,
    extract(epoch from max(lasting))::double precision as slowest_seconds,
    (
        select slowest.message_id
        from requested as slowest
        where slowest.lasting is not null
        order by slowest.lasting desc
        limit 1
    ) as slowest_message_id
from requested;
