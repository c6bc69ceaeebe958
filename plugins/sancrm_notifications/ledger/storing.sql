-- Writes finished messages down, part by part, before anything is sent.

-- name: forget_previews
-- Makes room for a preview: removes what its run stored before, and every preview past its end of use.
delete from notifications.messages
where state = 'preview' and (batch = %(batch)s or expires_at <= clock_timestamp());

-- name: lock_parts
-- Holds a message's parts while they are renewed: their states, and whether they keep their text because
-- they may be in the chat, or because a person wants them no more.
select
    message_id,
    part,
    state,
    revision,
    sent_revision,
    sent_form,
    figures,
    telegram_message_id,
    telegram_message_id is not null or state in ('sending', 'sent', 'held', 'not_wanted') as has_begun
from notifications.messages
where
    notification = %(notification)s
    and period = %(period)s
    and subject = %(subject)s
    and destination = %(destination)s
    and state <> 'preview'
order by message_id
for update;

-- name: requeue_rest
-- A message has begun to be sent: its further parts keep their text, or the chat would hold half of each.
-- Once that is erased, they are told no more.
update notifications.messages
set
    batch = %(batch)s,
    state = 'stored',
    reason = null,
    reason_for_staff = null,
    not_before = null,
    dag_id = %(dag_id)s,
    run_id = %(run_id)s,
    expires_at = clock_timestamp() + %(keep)s::interval
where
    notification = %(notification)s
    and period = %(period)s
    and subject = %(subject)s
    and destination = %(destination)s
    and state in ('stored', 'parked', 'expired')
    and html is not null;

-- name: store_message
-- Writes a part down, or renews one of a message that has not begun to be sent.
insert into notifications.messages as known (
    key, batch, notification, period, subject, destination, label, part, parts, html, rich_html, buttons,
    silent, closes_batch, figures, unknown_policy, if_uneditable, revision, state, dag_id, run_id, expires_at
)
values (
    %(key)s, %(batch)s, %(notification)s, %(period)s, %(subject)s, %(destination)s, %(label)s, %(part)s,
    %(parts)s, %(html)s, %(rich_html)s, %(buttons)s::jsonb, %(silent)s, %(closes_batch)s,
    %(figures)s::jsonb, %(unknown_policy)s, %(if_uneditable)s, %(revision)s, %(state)s,
    %(dag_id)s, %(run_id)s,
    clock_timestamp() + %(keep)s::interval
)
on conflict (key) do update
    set
        batch = excluded.batch,
        label = excluded.label,
        parts = excluded.parts,
        html = excluded.html,
        rich_html = excluded.rich_html,
        buttons = excluded.buttons,
        silent = excluded.silent,
        figures = excluded.figures,
        state = excluded.state,
        reason = case when excluded.state <> 'stored' then known.reason end,
        reason_for_staff = case when excluded.state <> 'stored' then known.reason_for_staff end,
        not_before = null,
        waiting_since = null,
        plain = false,
        dag_id = excluded.dag_id,
        run_id = excluded.run_id,
        stored_at = clock_timestamp(),
        expires_at = excluded.expires_at
    where known.state in ('stored', 'parked', 'expired', 'covered');

-- name: keep_picture
-- Keeps the figures that the message's picture is drawn from.
update notifications.messages
set picture = %(picture)s::jsonb
where key = %(key)s;

-- name: forget_untried
-- Removes parts from the given number on that were never tried, which no history needs.
delete from notifications.messages as message
where
    message.notification = %(notification)s
    and message.period = %(period)s
    and message.subject = %(subject)s
    and message.destination = %(destination)s
    and message.part >= %(from_part)s
    and message.state in ('stored', 'parked', 'expired')
    and not exists (
        select 1 from notifications.attempts as attempt
        where attempt.message_id = message.message_id
    );

-- name: cover_further_parts
-- Parts that a renewed, shorter text no longer has, and that were tried: nothing is left for them to tell.
update notifications.messages
set state = 'covered'
where
    notification = %(notification)s
    and period = %(period)s
    and subject = %(subject)s
    and destination = %(destination)s
    and part > %(parts)s
    and state in ('stored', 'parked', 'expired');
