-- What waits for a person, with what is needed to group it and to decide about it.

-- name: attention
-- Parked and held messages, and those whose end of use passed of late, the newest first.
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
    message.telegram_message_id,
    message.message_thread_id,
    message.run_id,
    message.stored_at,
    message.expires_at,
    coalesce(message.reason, '') as reason,
    coalesce(message.reason_for_staff, '') as reason_for_staff,
    coalesce(message.dag_id, message.notification) as dag_id,
    coalesce(message.chat_id, last.chat_id) as chat_id,
    message.expires_at <= clock_timestamp() as is_past_use
from notifications.messages as message
left join lateral (
    select attempt.chat_id
    from notifications.attempts as attempt
    where attempt.message_id = message.message_id
    order by attempt.slot_at desc
    limit 1
) as last on true
where
    (
        message.state in ('parked', 'held')
        or (
            message.state = 'expired'
            and message.stored_at >= clock_timestamp() - %(expired_within)s::interval
            and message.reason not like 'withdrawn:%%'
        )
    )
    and coalesce(message.dag_id, message.notification) = any(%(dag_ids)s::text[])
    and (%(message_ids)s::bigint[] is null or message.message_id = any(%(message_ids)s::bigint[]))
order by message.stored_at desc, message.message_id desc
limit %(most)s;

-- name: decided
-- Where messages that a person has decided about stand now.
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
    state,
    reason,
    reason_for_staff,
    stored_at,
    coalesce(dag_id, notification) as dag_id
from notifications.messages
where message_id = any(%(message_ids)s::bigint[])
order by stored_at, message_id;
