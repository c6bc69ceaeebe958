-- What the checks have found, for those who read it where neither the CRM nor Telegram can be reached.
create table notifications.checks (
    group_name text not null,
    position integer not null,
    what text not null,
    verdict text not null check (verdict in ('ok', 'note', 'FAIL')),
    words text not null,
    remedy text not null,
    chat_id text,
    chat_title text,
    run_id text,
    checked_at timestamptz not null default clock_timestamp(),
    primary key (group_name, position)
);
