-- What a delivery does to its batch as a whole and asks about it; times are PostgreSQL's own clock.

-- name: reopen_parked
-- A person has cleared the delivery: what was parked is tried again, its cause may be gone.
update notifications.messages
set state = 'stored', reason = null, reason_for_staff = null, not_before = null, plain = false
where
    batch = %(batch)s
    and (%(subjects)s::text[] is null or subject = any(%(subjects)s::text[]))
    and state = 'parked'
    and expires_at > clock_timestamp();

-- name: drop_pictures
-- The setting says that pictures are not wanted: one that is in no chat never gets there.
update notifications.messages
set state = 'not_wanted', reason = 'the setting «pictures» is off'
where
    batch = %(batch)s
    and (%(subjects)s::text[] is null or subject = any(%(subjects)s::text[]))
    and picture is not null
    and telegram_message_id is null
    and state in ('stored', 'parked');

-- name: begin_waiting
-- From now on the closing message waits for the others, also across tries of the task.
update notifications.messages
set waiting_since = clock_timestamp()
where batch = %(batch)s and closes_batch and state = 'stored' and waiting_since is null;

-- name: forget_waiting
-- Nobody could deliver anything, or a person asks for it anew: the closing message's wait has not begun.
update notifications.messages
set waiting_since = null
where batch = %(batch)s and closes_batch and state = 'stored';

-- name: expire
-- What has passed its end of use is shown as expired and not sent.
update notifications.messages
set
    state = case when telegram_message_id is null then 'expired' else 'sent' end,
    reason = case
        when telegram_message_id is null then 'its end of use passed before it could be sent'
        else 'its end of use passed before the message in the chat could be edited'
    end
where
    batch = %(batch)s
    and (%(subjects)s::text[] is null or subject = any(%(subjects)s::text[]))
    and state in ('stored', 'parked')
    and expires_at <= clock_timestamp();

-- name: destinations
-- The logical names that a batch still has something for.
select distinct destination
from notifications.messages
where
    batch = %(batch)s
    and (%(subjects)s::text[] is null or subject = any(%(subjects)s::text[]))
    and state in ('stored', 'sending');

-- name: missing_messages
-- What the closing message must name: messages of the batch that are not in their chats.
select
    label,
    min(coalesce(reason_for_staff, '')) as reason_for_staff
from notifications.messages
where
    batch = %(batch)s
    and not closes_batch
    and state not in ('sent', 'covered')
    and telegram_message_id is null
group by label
order by min(message_id);

-- name: batch_states
-- How many messages of the batch stand where.
select
    state,
    count(*) as count
from notifications.messages
where batch = %(batch)s and (%(subjects)s::text[] is null or subject = any(%(subjects)s::text[]))
group by state;

-- name: parked_reasons
-- Why messages of the batch cannot be sent: a sentence a person can act on.
select
    destination,
    reason,
    count(*) as count
from notifications.messages
where
    batch = %(batch)s
    and (%(subjects)s::text[] is null or subject = any(%(subjects)s::text[]))
    and state = 'parked'
group by destination, reason
order by destination;

-- name: undelivered
-- What of the batch cannot be sent, with its chat as far as one was tried, and since when it is refused.
select
    message.notification,
    message.period,
    message.label,
    message.destination,
    tried.chat_id,
    tried.since,
    coalesce(title.title, met.title) as chat_title,
    split_part(coalesce(message.reason, ''), ':', 1) as result,
    coalesce(message.reason_for_staff, '') as reason_for_staff
from notifications.messages as message
left join lateral (
    select
        attempt.chat_id,
        min(attempt.slot_at) as since
    from notifications.attempts as attempt
    where attempt.message_id = message.message_id
    group by attempt.chat_id
    order by max(attempt.slot_at) desc
    limit 1
) as tried on true
left join notifications.chat_titles as title on tried.chat_id = title.chat_id
left join notifications.group_chats as met on tried.chat_id = met.chat_id::text
where
    message.batch = %(batch)s
    and (%(subjects)s::text[] is null or message.subject = any(%(subjects)s::text[]))
    and message.state = 'parked'
order by message.message_id;

-- name: present_chats
-- Follows groups that became supergroups.
select
    chat_id,
    migrated_to
from notifications.chats
where bot_id = %(bot_id)s and chat_id = any(%(chat_ids)s) and migrated_to is not null;

-- name: rich_is_known
-- False for a day after a server refused.
select not exists (
    select 1 from notifications.servers
    where base_url = %(server)s and rich_refused_at > clock_timestamp() - %(remembered)s::interval
) as is_known;
