-- Who listens for a bot, and what came in: one listener at a time, each update once.

create table notifications.listeners (
    bot_id bigint primary key,
    -- grows from one listener to the next: the younger wins
    number bigint not null,
    -- one process's; a copy of the same listener elsewhere has another
    instance uuid not null,
    lease_until timestamptz not null,
    successor bigint,
    successor_seen_at timestamptz,
    listening_since timestamptz not null default clock_timestamp(),
    polled_at timestamptz,
    -- what keeps it from listening, in one sentence
    problem text,
    problem_since timestamptz,
    -- what the commands that were set are made of
    commands_digest text,
    commands_set_at timestamptz
);

-- Ends a transaction of who has lost the lease.  Asked last: what is locked here delays the lease's renewal.
create function notifications.require_listener(for_bot_id bigint, by_instance uuid) returns void
language plpgsql as $$
begin
    perform 1 from notifications.listeners
    where bot_id = for_bot_id and instance = by_instance
    for share;
    if not found then
        raise exception 'another listens for this bot now' using errcode = 'LS001';
    end if;
end
$$;

create table notifications.inbox (
    inbox_id bigint generated always as identity primary key,
    bot_id bigint not null,
    update_id bigint not null,
    kind text not null,
    state text not null check (
        -- collected: it had its effect, and its answers wait to be given together
        state = any(array['handled', 'waiting', 'collected', 'passed_over', 'unreadable', 'given_up'])
    ),
    -- of what is addressed to us; of other talk nothing is kept
    chat_id text,
    user_id bigint,
    content jsonb,
    answers jsonb,
    -- at the pressed button
    notice text,
    asked_at timestamptz,
    received_at timestamptz not null default clock_timestamp(),
    -- while it waits
    retry_at timestamptz,
    tries integer not null default 0,
    reason text,
    unique (bot_id, update_id)
);

create index inbox_open on notifications.inbox (bot_id, inbox_id) where state in ('waiting', 'collected');
create index inbox_person on notifications.inbox (bot_id, user_id, received_at) where user_id is not null;
create index inbox_received on notifications.inbox (received_at);
