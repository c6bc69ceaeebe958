-- What waits for a person: parked (Telegram will not take it) or held (nobody knows whether it did).

-- name: waiting_messages
-- All of it, or what begins with this key or goes to this destination, in the order of storing.
select
    message_id,
    key,
    batch,
    subject,
    destination,
    state,
    expires_at,
    coalesce(reason, '') as reason,
    expires_at <= clock_timestamp() as is_past_use
from notifications.messages
where
    state in ('parked', 'held')
    and starts_with(key, %(key_start)s)
    and (%(destination)s::text is null or destination = %(destination)s::text)
order by message_id;

-- name: reopen_messages
-- A person has asked for them: they are tried again, and a closing message waits for the others once more.
update notifications.messages
set
    state = 'stored',
    reason = null,
    reason_for_staff = null,
    not_before = null,
    waiting_since = null,
    plain = false
where
    message_id = any(%(message_ids)s)
    and state = any(%(states)s::text[])
    and expires_at > clock_timestamp();

-- name: note_delivered
-- A person has seen them in the chat: nothing is left to send.
update notifications.messages
set
    state = 'sent',
    sent_at = clock_timestamp(),
    sent_revision = revision,
    reason = 'a person has seen it in the chat'
where message_id = any(%(message_ids)s) and state = 'held';

-- name: note_not_wanted
-- A person has said that nobody needs them any more: nothing sends them again, nor a text that comes later in
-- their place. What is in the chat stays there.
update notifications.messages
set state = 'not_wanted', reason = 'a person has said that it is no longer wanted'
where message_id = any(%(message_ids)s) and state in ('parked', 'held', 'expired');

-- name: states_of
-- How many of these messages stand where.
select
    state,
    count(*) as count
from notifications.messages
where message_id = any(%(message_ids)s)
group by state
order by state;

-- name: parked_reasons_of
-- Why some of these messages cannot be sent.
select
    destination,
    reason,
    count(*) as count
from notifications.messages
where message_id = any(%(message_ids)s) and state = 'parked'
group by destination, reason
order by destination asc, reason asc;
