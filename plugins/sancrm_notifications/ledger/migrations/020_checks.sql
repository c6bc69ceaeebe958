-- What the checks have found, for those who read it where neither the CRM nor Telegram can be reached.
create table notifications.checks (
    group_name text not null,
    position integer not null,
    what text not null,
    verdict text not null check (verdict in ('ok', 'note', 'FAIL')),
    words text not null,
    remedy text not null,
    run_id text,
    checked_at timestamptz not null default clock_timestamp(),
    primary key (group_name, position)
);

-- What chats are called, also those that the bot has lost since.
create table notifications.chat_titles (
    chat_id text primary key,
    title text not null,
    seen_at timestamptz not null default clock_timestamp()
);
