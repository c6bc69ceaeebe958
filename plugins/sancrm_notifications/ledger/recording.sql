-- What each result of a request does to the ledger; times are PostgreSQL's own clock.

-- name: finish_attempt
-- The note after: what came of a request, and when it really began.
update notifications.attempts
set
    finished_at = clock_timestamp(),
    slot_at = clock_timestamp() - %(seconds)s::interval,
    chat_id = %(chat_id)s,
    method = %(method)s,
    result = %(result)s,
    http_status = %(http_status)s,
    description = %(description)s,
    retry_after_seconds = %(retry_after_seconds)s
where attempt_id = %(attempt_id)s;

-- name: mark_sent
-- It is in the chat. A late note also settles what was given up as unknown; while another attempt is under
-- way, the time of sending says so to whoever notes that attempt's end.
with sent as (
    update notifications.messages
    set
        state = case
            when state = 'sending' and attempt_id <> %(attempt_id)s then state
            -- It got another text while this one was under way: that is an edit now.
            when revision > %(revision)s then 'stored'
            else 'sent'
        end,
        sent_revision = greatest(sent_revision, %(revision)s),
        reason = null,
        reason_for_staff = null,
        chat_id = %(chat_id)s,
        sent_bot_id = %(bot_id)s,
        message_thread_id = %(message_thread_id)s,
        telegram_message_id = coalesce(%(telegram_message_id)s, telegram_message_id),
        sent_form = %(form)s,
        sent_at = clock_timestamp()
    where
        message_id = %(message_id)s
        and state in ('sending', 'stored', 'held', 'parked', 'expired', 'not_wanted')
    returning notification, period, subject, destination, part, parts
),

-- What the rich form would have said at once is said part by part after all.
uncovered as (
    update notifications.messages as further
    set state = 'stored'
    from sent
    where
        %(form)s <> 'rich'
        and sent.part = 1
        and further.notification = sent.notification
        and further.period = sent.period
        and further.subject = sent.subject
        and further.destination = sent.destination
        and further.part > 1
        and further.part <= sent.parts
        and further.state = 'covered'
        and further.html is not null
    returning further.message_id
)

-- The rich form says everything at once: the HTML form's further parts have nothing left to tell.
update notifications.messages as further
set state = 'covered'
from sent
where
    %(form)s = 'rich'
    and further.notification = sent.notification
    and further.period = sent.period
    and further.subject = sent.subject
    and further.destination = sent.destination
    and further.part > 1
    and further.telegram_message_id is null
    and further.state in ('stored', 'parked')
    and not exists (select 1 from uncovered);

-- name: mark_not_sent
-- Surely not in the chat: back to the queue, perhaps later, perhaps as plain text.
update notifications.messages
set
    state = case when sent_revision = revision then 'sent' else 'stored' end,
    reason = %(reason)s,
    not_before = clock_timestamp() + %(after)s::interval,
    plain = plain or %(plain)s,
    rich_html = case when not %(without_rich)s then rich_html end
where message_id = %(message_id)s and state = 'sending' and attempt_id = %(attempt_id)s;

-- name: mark_unknown
-- Nobody can know whether it is in the chat: the notification's policy decides.
update notifications.messages
set
    state = case
        when sent_revision = revision then 'sent'
        when telegram_message_id is not null then 'stored'
        when unknown_policy <> 'resend' then 'held'
        -- So many copies may be in the chat by now: a person looks before there is one more.
        when possible_repeats + 1 >= %(most_repeats)s then 'parked'
        else 'stored'
    end,
    possible_repeats = possible_repeats + (telegram_message_id is null)::integer,
    reason = %(reason)s,
    not_before = clock_timestamp() + %(after)s::interval
where message_id = %(message_id)s and state = 'sending' and attempt_id = %(attempt_id)s;

-- name: park_message
-- Telegram will not take it until a person acts.
update notifications.messages
set
    state = case when sent_revision = revision then 'sent' else 'parked' end,
    reason = %(reason)s,
    reason_for_staff = %(reason_for_staff)s
where message_id = %(message_id)s and state = 'sending' and attempt_id = %(attempt_id)s;

-- name: give_up_edit
-- Telegram no longer allows the edit: the old text stays, or a new message says that it replaces the old.
update notifications.messages
set
    state = case when sent_revision = revision or if_uneditable = 'leave' then 'sent' else 'stored' end,
    replaces_message = replaces_message or if_uneditable = 'replace',
    telegram_message_id = case when if_uneditable = 'leave' then telegram_message_id end,
    reason = %(reason)s,
    not_before = null
where message_id = %(message_id)s and state = 'sending' and attempt_id = %(attempt_id)s;

-- name: park_destinations
-- The chat itself is out of reach: so is everything the batch still has for it. A stale note parks nothing.
update notifications.messages
set state = 'parked', reason = %(reason)s, reason_for_staff = %(reason_for_staff)s
where
    batch = %(batch)s
    and destination = any(%(destinations)s)
    and (%(subjects)s::text[] is null or subject = any(%(subjects)s::text[]))
    and state = 'stored'
    -- An edit is made in the chat where the message stands.
    and (telegram_message_id is null or chat_id = %(chat_id)s)
    and exists (
        select 1 from notifications.messages as refused
        where refused.attempt_id = %(attempt_id)s and refused.state = 'parked'
    );

-- name: block_chat
-- Telegram said how long to leave this chat alone.
insert into notifications.chats as known (bot_id, chat_id, blocked_until)
values (%(bot_id)s, %(chat_id)s, clock_timestamp() + %(retry_after)s::interval)
on conflict (bot_id, chat_id) do update
    set blocked_until = greatest(known.blocked_until, excluded.blocked_until);

-- name: remember_migration
-- The group became a supergroup: its present address is another.
insert into notifications.chats as known (bot_id, chat_id, migrated_to)
values (%(bot_id)s, %(chat_id)s, %(migrated_to)s)
on conflict (bot_id, chat_id) do update set migrated_to = excluded.migrated_to;

-- name: refuse_rich
-- This server does not know rich messages: asked again after a day.
insert into notifications.servers (base_url, rich_refused_at)
values (%(server)s, clock_timestamp())
on conflict (base_url) do update set rich_refused_at = excluded.rich_refused_at;
