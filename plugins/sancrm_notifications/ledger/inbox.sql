-- What came in: each update once, with what it led to; times are PostgreSQL's own clock.

-- name: receive_update
-- Writes an update down, once; nothing is returned for one that is known.
insert into notifications.inbox (
    bot_id, update_id, kind, state, chat_id, user_id, content, asked_at, reason
)
values (
    %(bot_id)s, %(update_id)s, %(kind)s, %(state)s, %(chat_id)s, %(user_id)s, %(content)s::jsonb,
    to_timestamp(%(asked_at)s::double precision), %(reason)s
)
on conflict (bot_id, update_id) do nothing
returning
    inbox_id,
    coalesce(asked_at < clock_timestamp() - %(worth_answering)s::interval, false) as is_old;

-- name: known_notice
-- What a button was told whose press has come again.
select notice
from notifications.inbox
where bot_id = %(bot_id)s and update_id = %(update_id)s;

-- name: messages_of_late
-- How many messages a person has written within a while, this one included.
select count(*) as number
from notifications.inbox
where
    bot_id = %(bot_id)s
    and user_id = %(user_id)s
    and kind = 'message'
    and received_at > clock_timestamp() - %(within)s::interval;

-- name: settle_update
-- Notes what an update led to; a contact and what else is no longer needed is dropped with the content given.
-- A person who has just had everything deleted is not written down again.
update notifications.inbox
set
    state = %(state)s,
    content = case when chat_id is not null then %(content)s::jsonb end,
    answers = %(answers)s::jsonb,
    notice = %(notice)s,
    reason = null,
    retry_at = null
where inbox_id = %(inbox_id)s;

-- name: put_off_update
-- It had no effect yet: it waits, with all that it needs for it.
update notifications.inbox
set
    state = 'waiting',
    content = %(content)s::jsonb,
    reason = %(reason)s,
    tries = tries + 1,
    retry_at = clock_timestamp() + %(after)s::interval
where inbox_id = %(inbox_id)s;

-- name: is_first_to_wait
-- Whether nothing else of this chat waits: only then is it said that the answer comes later.
select not exists (
    select 1 from notifications.inbox
    where
        bot_id = %(bot_id)s
        and chat_id = %(chat_id)s
        and state in ('waiting', 'collected')
        and inbox_id <> %(inbox_id)s
) as is_first;

-- name: due_updates
-- What waits and may be tried again, the oldest first.
select
    inbox_id,
    chat_id
from notifications.inbox
where bot_id = %(bot_id)s and state = 'waiting' and retry_at <= clock_timestamp()
order by inbox_id
limit %(most)s;

-- name: lock_waiting
-- Takes one that waits, unless it waits no more.
select
    inbox_id,
    update_id,
    kind,
    chat_id,
    user_id,
    content,
    tries,
    received_at < clock_timestamp() - %(kept)s::interval as is_past_use
from notifications.inbox
where inbox_id = %(inbox_id)s and state = 'waiting'
for update;

-- name: give_up_update
-- Nothing more is tried: why, for a person to look at.
update notifications.inbox
set state = 'given_up', content = null, answers = null, retry_at = null, reason = %(reason)s
where inbox_id = %(inbox_id)s;

-- name: collected_chats
-- Chats whose answers are to be given together, and in which nothing waits for the next moment.
select distinct chat_id
from notifications.inbox as collected
where
    bot_id = %(bot_id)s
    and state = 'collected'
    and not exists (
        select 1 from notifications.inbox as other
        where
            other.bot_id = collected.bot_id
            and other.chat_id = collected.chat_id
            and other.state = 'waiting'
            and other.retry_at < clock_timestamp() + %(soon)s::interval
    );

-- name: take_collected
-- The answers of a chat that were collected, in the order of the questions; they are given now.
with taken as (
    select
        inbox_id,
        answers,
        coalesce(asked_at < clock_timestamp() - %(worth_answering)s::interval, false) as is_old
    from notifications.inbox
    where bot_id = %(bot_id)s and chat_id = %(chat_id)s and state = 'collected'
    for update
),

settled as (
    update notifications.inbox
    set state = 'handled', answers = null
    from taken
    where inbox.inbox_id = taken.inbox_id
)

select
    inbox_id,
    answers,
    is_old
from taken
order by inbox_id;

-- name: chat_number
-- The number under which a chat is addressed.
insert into notifications.chats as known (bot_id, chat_id)
values (%(bot_id)s, %(chat_id)s)
on conflict (bot_id, chat_id) do update set chat_id = excluded.chat_id
returning chat_number;

-- name: store_answer
-- Writes an answer down, or an edit of what stands in the chat, which names its message there.
insert into notifications.messages (
    key, batch, notification, period, subject, destination, label, part, parts, html, reply_markup,
    receiver_user_id, silent, closes_batch, figures, unknown_policy, state, dag_id, run_id, expires_at,
    revision, sent_revision, telegram_message_id, chat_id, sent_bot_id, sent_form
)
values (
    %(key)s,
    %(batch)s,
    %(notification)s,
    %(period)s,
    %(subject)s,
    %(destination)s,
    %(notification)s,
    %(part)s,
    %(parts)s, %(html)s, %(reply_markup)s::jsonb, %(receiver_user_id)s, false, false,
    %(figures)s::jsonb, 'hold', 'stored',
    %(dag_id)s, %(run_id)s, clock_timestamp() + %(keep)s::interval,
    case when %(edits)s::bigint is null then 1 else 2 end,
    case when %(edits)s::bigint is not null then 1 end,
    %(edits)s::bigint, %(edited_chat_id)s::text, %(edited_bot_id)s::bigint,
    case when %(edits)s::bigint is not null then 'html' end
);

-- name: expire_answers
-- What is no longer worth sending is shown as expired.
update notifications.messages
set
    state = case when telegram_message_id is null then 'expired' else 'sent' end,
    reason = 'its end of use passed before it could be sent'
where batch = %(batch)s and state = 'stored' and expires_at <= clock_timestamp();

-- name: unsent_answers
-- To whom there is something to send still: destinations and their chats.
select distinct
    message.destination,
    chats.chat_id
from notifications.outstanding as message
inner join notifications.chats
    on
        chats.chat_number = split_part(message.destination, ':', 2)::bigint
        and chats.bot_id = %(bot_id)s
where message.batch = %(batch)s;

-- name: erase_person
-- What a person has sent and was told is forgotten, and who it was; what still waits for the CRM is
-- answered first.
update notifications.inbox
set content = null, answers = null, notice = null, user_id = null, chat_id = null
where user_id = %(user_id)s::bigint and state not in ('waiting', 'collected');
