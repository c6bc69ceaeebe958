-- The ledger's first form: messages, attempts, and what all processes must know of chats and bots.

create table notifications.messages (
    message_id bigint generated always as identity primary key,
    -- notification/period/subject/destination/part: what is told to whom, never the run, the try or the chat
    key text not null unique,
    -- what is delivered together and in order
    batch text not null,
    notification text not null,
    period text not null,
    subject text not null,
    destination text not null,
    label text not null,
    part integer not null,
    parts integer not null,
    html text,
    rich_html text,
    buttons jsonb not null default '[]',
    silent boolean not null,
    closes_batch boolean not null,
    figures jsonb not null,
    unknown_policy text not null check (unknown_policy in ('resend', 'hold')),
    state text not null check (
        state in ('stored', 'sending', 'sent', 'covered', 'held', 'parked', 'expired', 'preview')
    ),
    -- why it stands where it stands, in one sentence for the operators
    reason text,
    -- the same for staff, in Russian, as the summary names it
    reason_for_staff text,
    not_before timestamptz,
    -- since when a closing message waits for the others of its batch
    waiting_since timestamptz,
    possible_repeats integer not null default 0,
    plain boolean not null default false,
    attempt_id uuid,
    chat_id text,
    message_thread_id bigint,
    telegram_message_id bigint,
    sent_form text check (sent_form in ('html', 'rich', 'plain')),
    dag_id text,
    run_id text,
    stored_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz not null,
    sent_at timestamptz
);

create index messages_batch on notifications.messages (batch, message_id);
create index messages_subject on notifications.messages (notification, period, subject, destination);
-- What a delivery looks for again and again; it stays small however long the history.
create index messages_open on notifications.messages (batch, message_id)
where state in ('stored', 'sending');
create index messages_previews on notifications.messages (batch)
where state = 'preview';

create table notifications.attempts (
    attempt_id uuid primary key,
    message_id bigint not null references notifications.messages,
    bot_id bigint not null,
    chat_id text not null,
    method text not null,
    -- the moment reserved for the request, then the moment it really began
    slot_at timestamptz not null,
    -- without a result by then, the attempt is unknown
    lease_until timestamptz not null,
    finished_at timestamptz,
    result text,
    http_status integer,
    description text,
    retry_after_seconds double precision,
    dag_id text,
    run_id text,
    try_number integer
);

create index attempts_message on notifications.attempts (message_id);
create index attempts_chat on notifications.attempts (bot_id, chat_id, slot_at desc);
create index attempts_bot on notifications.attempts (bot_id, slot_at desc);
create index attempts_in_flight on notifications.attempts (bot_id, chat_id) where finished_at is null;

-- One batch at a time speaks in a chat; a turn that is not renewed is free.
create table notifications.turns (
    bot_id bigint not null,
    chat_id text not null,
    batch text not null,
    is_backfill boolean not null,
    lease_until timestamptz not null,
    primary key (bot_id, chat_id)
);

-- What Telegram has told of a chat.
create table notifications.chats (
    bot_id bigint not null,
    chat_id text not null,
    blocked_until timestamptz,
    migrated_to text,
    primary key (bot_id, chat_id)
);

-- Servers that answered that they do not know rich messages.
create table notifications.servers (
    base_url text primary key,
    rich_refused_at timestamptz not null
);
