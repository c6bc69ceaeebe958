-- What a delivery asks the ledger and tells it; parameters are psycopg's, times are PostgreSQL's own clock.

-- name: reopen_parked
-- A person has cleared the delivery: what was parked is tried again, its cause may be gone.
update notifications.messages
set state = 'stored', reason = null, reason_for_staff = null, not_before = null, plain = false
where
    batch = %(batch)s
    and (%(subjects)s::text[] is null or subject = any(%(subjects)s::text[]))
    and state = 'parked'
    and expires_at > clock_timestamp();

-- name: begin_waiting
-- From now on the closing message waits for the others, also across tries of the task.
update notifications.messages
set waiting_since = clock_timestamp()
where batch = %(batch)s and closes_batch and state = 'stored' and waiting_since is null;

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

-- name: settle_abandoned
-- A claim whose lease ended without a result is unknown: its process died between request and note.
with abandoned as (
    update notifications.attempts
    set
        finished_at = clock_timestamp(),
        result = 'unknown',
        description = 'no result was noted before the lease ended'
    where bot_id = %(bot_id)s and finished_at is null and lease_until < clock_timestamp()
    returning attempt_id, message_id
)

update notifications.messages as message
set
    -- An edit may be made twice without harm.
    state = case
        when message.sent_revision = message.revision then 'sent'
        when message.telegram_message_id is not null or message.unknown_policy = 'resend' then 'stored'
        else 'held'
    end,
    possible_repeats = message.possible_repeats + (message.telegram_message_id is null)::integer,
    reason = 'unknown whether it arrived: a process ended before it noted the answer'
from abandoned
where
    message.message_id = abandoned.message_id
    and message.attempt_id = abandoned.attempt_id
    and message.state = 'sending';

-- name: destinations
-- The logical names that a batch still has something for.
select destination
from notifications.messages
where
    batch = %(batch)s
    and (%(subjects)s::text[] is null or subject = any(%(subjects)s::text[]))
    and state in ('stored', 'sending')
group by destination
order by min(message_id);

-- name: claim
-- Takes the chat's turn, then the batch's next message for it, and reserves the moment of sending, which is
-- the first that the chat's and the bot's limits allow; nothing is taken when that is further off than ahead.
-- Callers hold the bot's advisory lock, so that two claims never count on the same moment.
with turn as (
    insert into notifications.turns as held (bot_id, chat_id, batch, is_backfill, lease_until)
    values (
        %(bot_id)s, %(chat_id)s, %(batch)s, %(is_backfill)s, clock_timestamp() + %(turn_lease)s::interval
    )
    on conflict (bot_id, chat_id) do update
        set
            batch = excluded.batch,
            is_backfill = excluded.is_backfill,
            lease_until = excluded.lease_until
        where
        held.batch = excluded.batch
        or (
            held.lease_until < clock_timestamp()
            -- A request may take longer than a turn's lease; the note after it renews the turn.
            and not exists (
                select 1 from notifications.attempts as attempt
                where
                    attempt.bot_id = %(bot_id)s
                    and attempt.chat_id = %(chat_id)s
                    and attempt.finished_at is null
            )
        )
        or (held.is_backfill and not excluded.is_backfill)
    returning held.batch
),

head as (
    select
        message_id,
        not_before
    from notifications.messages
    where
        batch = %(batch)s
        and destination = any(%(destinations)s)
        and (%(subjects)s::text[] is null or subject = any(%(subjects)s::text[]))
        and state = 'stored'
        and expires_at > clock_timestamp()
        and (
            not closes_batch
            or waiting_since < clock_timestamp() - %(summary_wait)s::interval
            or not exists (
                select 1 from notifications.messages as other
                where
                    other.batch = %(batch)s
                    and not other.closes_batch
                    and (
                        other.state = 'sending'
                        or (other.state = 'stored' and other.expires_at > clock_timestamp())
                    )
            )
        )
    -- News goes before edits of what is in the chat.
    order by telegram_message_id is not null, message_id
    limit 1
    -- Another bot's delivery may be claiming the same message: the later one finds it taken.
    for no key update
),

in_flight as (
    select attempt_id
    from notifications.attempts
    where bot_id = %(bot_id)s and chat_id = %(chat_id)s and finished_at is null
    order by attempt_id
    limit 1
),

free as (
    select
        greatest(
            clock_timestamp(),
            (select not_before from head),
            (
                select blocked_until from notifications.chats
                where bot_id = %(bot_id)s and chat_id = %(chat_id)s
            ),
            (
                -- From its end: Telegram may have counted the request at any moment until it answered.
                select coalesce(finished_at, slot_at) + %(chat_gap)s::interval from notifications.attempts
                where bot_id = %(bot_id)s and chat_id = %(chat_id)s
                order by slot_at desc
                limit 1
            ),
            (
                -- What Telegram refused for the rate it did not count, and it said itself how long to wait.
                select coalesce(finished_at, slot_at) + %(chat_window)s::interval from notifications.attempts
                where bot_id = %(bot_id)s and chat_id = %(chat_id)s and result is distinct from 'rate_limited'
                order by slot_at desc
                limit 1 offset %(chat_window_messages)s::integer - 1
            )
        ) as chat_at,
        (
            select coalesce(finished_at, slot_at) + %(bot_window)s::interval from notifications.attempts
            where bot_id = %(bot_id)s
            order by slot_at desc
            limit 1 offset %(bot_window_messages)s::integer - 1
        ) as bot_at
),

pace as (
    select
        bot_at,
        greatest(chat_at, bot_at) as slot_at
    from free
),

attempt as (
    insert into notifications.attempts (
        attempt_id, message_id, bot_id, chat_id, method, slot_at, lease_until, dag_id, run_id, try_number
    )
    select
        %(attempt_id)s,
        head.message_id,
        %(bot_id)s,
        %(chat_id)s,
        'claimed',
        pace.slot_at,
        pace.slot_at + %(attempt_lease)s::interval,
        %(dag_id)s,
        %(run_id)s,
        %(try_number)s
    from head
    cross join pace
    cross join turn
    where
        pace.slot_at <= clock_timestamp() + %(ahead)s::interval
        and not exists (select 1 from in_flight)
    returning attempt_id, message_id
),

claimed as (
    update notifications.messages as message
    set state = 'sending', attempt_id = attempt.attempt_id, reason = null
    from attempt
    where message.message_id = attempt.message_id
    returning
        message.message_id, message.destination, message.label, message.part, message.parts,
        message.html, message.rich_html, message.buttons, message.silent, message.closes_batch,
        message.possible_repeats, message.plain, message.revision, message.replaces_message,
        message.telegram_message_id, message.chat_id as sent_chat_id, message.sent_form,
        (
            -- A part that an edit has added stands apart from the others: it is a reply to the first.
            select first.telegram_message_id from notifications.messages as first
            where
                message.part > 1
                and message.revision > 1
                and first.part = 1
                and first.notification = message.notification
                and first.period = message.period
                and first.subject = message.subject
                and first.destination = message.destination
                and first.state <> 'preview'
        ) as reply_to_message_id
)

select
    claimed.*,
    extract(epoch from pace.slot_at - clock_timestamp())::double precision as wait_seconds,
    exists(select 1 from head) as has_message,
    exists(select 1 from turn) as has_turn,
    coalesce(pace.bot_at = pace.slot_at, false) as is_paced_by_bot,
    exists(select 1 from in_flight) as is_in_flight,
    exists(
        select 1 from notifications.messages
        where
            batch = %(batch)s
            and destination = any(%(destinations)s)
            and (%(subjects)s::text[] is null or subject = any(%(subjects)s::text[]))
            and (state = 'sending' or (state = 'stored' and expires_at > clock_timestamp()))
    ) as has_more,
    (
        select extract(epoch from max(waiting_since) + %(summary_wait)s::interval - clock_timestamp())
        from notifications.messages
        where batch = %(batch)s and closes_batch and state = 'stored'
    )::double precision as closes_in_seconds
from pace
left join claimed on true;

-- name: abandon_claim
-- Takes a claim back whose request was never begun.
with abandoned as (
    delete from notifications.attempts
    where attempt_id = %(attempt_id)s and finished_at is null
    returning attempt_id
)

update notifications.messages as message
set state = 'stored'
from abandoned
where message.attempt_id = abandoned.attempt_id and message.state = 'sending';

-- name: lock_bot
-- Serializes claims of one bot for as long as a claim takes; never held over a request.
select pg_advisory_xact_lock(hashtextextended('notifications.bot', %(bot_id)s));

-- name: bound_waits
-- Whoever waits longer than this for a lock looks who has it: see end_paused.
select set_config(
    'lock_timeout', (extract(epoch from %(longest_pause)s::interval) * 1000)::integer::text, false
);

-- name: end_paused
-- Takes the locks away from tasks that have stopped inside a transaction, where milliseconds pass between two
-- statements; PostgreSQL's own limit does not see who has stopped in the middle of a pipeline.
select pg_terminate_backend(pid)
from pg_stat_activity
where
    datname = current_database()
    and usename = current_user
    and application_name = %(application)s
    and wait_event = 'ClientRead'
    and xact_start is not null
    and state_change < clock_timestamp() - %(longest_pause)s::interval;

-- name: renew_turn
-- The batch that has just been answered speaks on, however long the answer took.
update notifications.turns
set lease_until = clock_timestamp() + %(turn_lease)s::interval
where bot_id = %(bot_id)s and chat_id = %(chat_id)s and batch = %(batch)s;

-- name: release_turn
-- Gives up a chat's turn when the batch has nothing more for it.
delete from notifications.turns
where bot_id = %(bot_id)s and chat_id = %(chat_id)s and batch = %(batch)s;

-- name: finish_attempt
-- The note after: what came of a request, and when it really began.
update notifications.attempts
set
    finished_at = clock_timestamp(),
    slot_at = clock_timestamp() - %(seconds)s::interval,
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
        message_thread_id = %(message_thread_id)s,
        telegram_message_id = coalesce(%(telegram_message_id)s, telegram_message_id),
        sent_form = %(form)s,
        sent_at = clock_timestamp()
    where
        message_id = %(message_id)s
        and state in ('sending', 'stored', 'held', 'parked', 'expired')
    returning notification, period, subject, destination
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
    and further.state in ('stored', 'parked');

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
        when telegram_message_id is not null or unknown_policy = 'resend' then 'stored'
        else 'held'
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

-- name: uncover_parts
-- The rich form was refused: what it would have said at once is said part by part after all.
update notifications.messages as further
set state = 'stored'
from notifications.messages as first
where
    first.message_id = %(message_id)s
    and further.notification = first.notification
    and further.period = first.period
    and further.subject = first.subject
    and further.destination = first.destination
    and further.part > 1
    and further.part <= first.parts
    and further.state = 'covered'
    and further.html is not null;

-- name: park_destinations
-- The chat itself is out of reach: so is everything the batch still has for it. A stale note parks nothing.
update notifications.messages
set state = 'parked', reason = %(reason)s, reason_for_staff = %(reason_for_staff)s
where
    batch = %(batch)s
    and destination = any(%(destinations)s)
    and (%(subjects)s::text[] is null or subject = any(%(subjects)s::text[]))
    and state = 'stored'
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

-- name: present_chats
-- Follows groups that became supergroups.
select
    chat_id,
    migrated_to
from notifications.chats
where bot_id = %(bot_id)s and chat_id = any(%(chat_ids)s) and migrated_to is not null;

-- name: refuse_rich
-- This server does not know rich messages: asked again after a day.
insert into notifications.servers (base_url, rich_refused_at)
values (%(base_url)s, clock_timestamp())
on conflict (base_url) do update set rich_refused_at = excluded.rich_refused_at;

-- name: rich_is_known
-- False for a day after a server refused.
select not exists (
    select 1 from notifications.servers
    where base_url = %(base_url)s and rich_refused_at > clock_timestamp() - %(remembered)s::interval
) as is_known;

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
