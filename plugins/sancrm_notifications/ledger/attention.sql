-- What waits for a person, with what is needed to group it and to decide about it.

-- name: attention
-- Parked and held messages, and those whose end of use passed of late, the newest first.
-- Each of the two has an index of its own: looked for together, all that ever expired would be passed.
with waiting as (
    select message_id
    from notifications.messages
    where state in ('parked', 'held')
    union all
    select message_id
    from notifications.messages
    where
        state = 'expired'
        and stored_at >= now() - %(expired_within)s::interval
        and reason not like 'withdrawn:%%'
)

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
from waiting
inner join notifications.messages as message on waiting.message_id = message.message_id
left join lateral (
    select attempt.chat_id
    from notifications.attempts as attempt
    where attempt.message_id = message.message_id
    order by attempt.slot_at desc
    limit 1
) as last on true
where
    coalesce(message.dag_id, message.notification) = any(%(dag_ids)s::text[])
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
