-- Gives messages another text after they were stored: in the chat by an edit, before that by replacing it.

-- name: keep_figures
-- What the message's figures were until now; the first part has them all.
insert into notifications.revisions (message_id, revision, figures, sent_at)
select
    message_id,
    revision,
    figures,
    sent_at
from notifications.messages
where message_id = %(message_id)s and part = 1
on conflict do nothing;

-- name: revise_part
-- The part's next text: what is in the chat, or on its way there, is edited; the rest is sent with it.
update notifications.messages
set
    batch = %(batch)s,
    label = %(label)s,
    parts = %(parts)s,
    html = %(html)s,
    rich_html = %(rich_html)s,
    buttons = %(buttons)s::jsonb,
    figures = %(figures)s::jsonb,
    if_uneditable = %(if_uneditable)s,
    revision = %(revision)s,
    plain = false,
    -- What is being sent, or hangs on a person's word, is edited when that is settled; what the rich form has
    -- said it will say again; what is in the chat under a number nobody knows can only be replaced; what
    -- nobody wants any more gets no new part in the chat.
    state = case
        when state = 'not_wanted' and telegram_message_id is null then state
        when state in ('sending', 'held', 'covered') then state
        when %(is_void)s and telegram_message_id is null then 'covered'
        when state = 'sent' and telegram_message_id is null and %(if_uneditable)s = 'leave' then 'sent'
        else 'stored'
    end,
    replaces_message = replaces_message or (state = 'sent' and telegram_message_id is null),
    silent = true,
    reason = case when state = 'held' then reason end,
    reason_for_staff = null,
    not_before = null,
    waiting_since = null,
    expires_at = clock_timestamp() + %(keep)s::interval
where message_id = %(message_id)s;

-- name: outdate_answers
-- An edit of the same message that a pressed button has led to and that was not made yet: made after this one
-- it would bring the former text back.
update notifications.messages as pending
set state = 'sent', reason = 'a later edit has taken its place'
from notifications.messages as edited
where
    edited.message_id = %(message_id)s
    and pending.chat_id = edited.chat_id
    and pending.telegram_message_id = edited.telegram_message_id
    and pending.message_id <> edited.message_id
    and pending.state = 'stored';

-- name: withdraw
-- It is no longer true and was not sent: it never will be.
update notifications.messages
set
    state = 'expired',
    reason = 'withdrawn: it was no longer true before it could be sent',
    figures = %(figures)s::jsonb
where
    notification = %(notification)s
    and period = %(period)s
    and subject = %(subject)s
    and destination = %(destination)s
    and state in ('stored', 'parked', 'expired');
