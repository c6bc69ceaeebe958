-- Forgets texts that are old enough: what the ledger knows of their delivery stays.

-- name: erase_texts
-- Erases the texts of one portion of messages, oldest first, from the instant on that the portion before has
-- reached. A message is erased when no part of it can be sent any more; what waits past its end of use is
-- settled by the way. What another process holds at this moment is left for the next night.
with portion as (
    select message_id
    from notifications.messages as message
    where
        html is not null
        and coalesce(sent_at, stored_at) >= %(reached)s::timestamptz
        and coalesce(sent_at, stored_at) < clock_timestamp() - %(keep)s::interval
        -- Said of the row itself and not only of its message: this is looked at again when the row is locked.
        and (
            state in ('sent', 'covered', 'expired', 'not_wanted')
            or (state in ('stored', 'parked', 'held') and expires_at <= clock_timestamp())
        )
        and not exists (
            select 1 from notifications.messages as part
            where
                part.notification = message.notification
                and part.period = message.period
                and part.subject = message.subject
                and part.destination = message.destination
                and part.state <> 'preview'
                and (
                    part.state = 'sending'
                    or (part.state in ('stored', 'parked', 'held') and part.expires_at > clock_timestamp())
                    or coalesce(part.sent_at, part.stored_at) >= clock_timestamp() - %(keep)s::interval
                )
        )
    order by coalesce(sent_at, stored_at)
    limit %(most)s
    for update skip locked
),

erased as (
    update notifications.messages as message
    set
        html = null,
        rich_html = null,
        buttons = '[]',
        reply_markup = null,
        picture = null,
        state = case
            when message.state not in ('stored', 'parked') then message.state
            when message.telegram_message_id is null then 'expired'
            else 'sent'
        end,
        reason = case
            when message.state not in ('stored', 'parked') then message.reason
            when message.telegram_message_id is null then 'its end of use passed before it could be sent'
            else 'its end of use passed before the message in the chat could be edited'
        end
    from portion
    where message.message_id = portion.message_id
    returning coalesce(message.sent_at, message.stored_at) as used_at
)

select
    count(*) as erased,
    max(used_at) as reached
from erased;

-- name: erase_previews
-- Removes previews past their end of use, or as old as texts may become; nothing was sent, no fact is lost.
delete from notifications.messages
where
    state = 'preview'
    and (expires_at <= clock_timestamp() or stored_at < clock_timestamp() - %(keep)s::interval);

-- name: erase_inbox
-- Forgets what came in: the row goes too, for its number may come again after a quiet week.
with portion as (
    select inbox_id
    from notifications.inbox
    where
        received_at < clock_timestamp() - %(keep)s::interval
        and state not in ('waiting', 'collected')
    order by received_at
    limit %(most)s
    for update skip locked
)

delete from notifications.inbox
using portion
where inbox.inbox_id = portion.inbox_id;

-- name: forget_people
-- Private chats of people of whom nothing else is left, as of one who has had everything deleted: their
-- accounts are forgotten, also of the last answer and of the requests that were made.
with gone as (
    delete from notifications.chats
    where
        chats.chat_id ~ '^[1-9][0-9]{0,17}$'
        and not exists (
            select 1 from notifications.bindings
            where bindings.user_id = chats.chat_id::bigint
        )
        and not exists (
            select 1 from notifications.inbox
            where inbox.bot_id = chats.bot_id and inbox.user_id = chats.chat_id::bigint
        )
        -- A chat of staff may be a person's; and what is on its way needs its address.
        and not exists (
            select 1 from notifications.messages
            where
                messages.chat_id = chats.chat_id
                and (
                    messages.destination not like 'chat:%%'
                    or messages.state in ('stored', 'sending', 'held')
                )
        )
        and not exists (
            select 1 from notifications.outstanding
            where
                outstanding.batch = 'client_bot/' || chats.bot_id
                and outstanding.destination = 'chat:' || chats.chat_number
        )
    returning
        bot_id,
        chat_id,
        chat_number
),

messages as (
    update notifications.messages
    set chat_id = null
    from gone
    where messages.chat_id = gone.chat_id
),

attempts as (
    update notifications.attempts
    set chat_id = 'chat:' || gone.chat_number
    from gone
    where attempts.bot_id = gone.bot_id and attempts.chat_id = gone.chat_id
)

select count(*) as forgotten
from gone;

-- name: erase_comments
-- Forgets what clients wrote so long ago; that they did stays.
update notifications.comments
set text = null
where text is not null and written_at < clock_timestamp() - %(keep)s::interval;

-- name: erase_replies
-- Forgets what staff answered so long ago.
update notifications.replies
set text = null
where text is not null and written_at < clock_timestamp() - %(keep)s::interval;

-- name: erase_code_tries
-- Tries of yesterday count no more.
delete from notifications.code_tries
where tried_at <= clock_timestamp() - interval '1 day';

-- name: erase_seen_events
-- Forgets events that were decided about long ago; no look reads as far back. A person who asks to be told
-- again from before meets the messages' own keys.
with portion as (
    select
        feed,
        event_id,
        recorded_at
    from notifications.seen_events
    where
        outcome is not null
        and decided_at < clock_timestamp() - greatest(%(keep)s::interval, interval '7 days')
        and recorded_at < clock_timestamp() - interval '7 days'
    order by decided_at
    limit %(most)s
    for update skip locked
)

delete from notifications.seen_events as seen
using portion
where
    seen.feed = portion.feed
    and seen.event_id = portion.event_id
    and seen.recorded_at = portion.recorded_at;
