-- Who listens for a bot: the lease, its renewal, and how one listener makes way for the next.

-- name: take_lease
-- Takes the lease where it is free: by the younger at once, by an older one after a long silence, as when
-- the numbers have begun anew.
insert into notifications.listeners as known (bot_id, number, instance, lease_until)
values (%(bot_id)s, %(number)s, %(instance)s, clock_timestamp() + %(lease)s::interval)
on conflict (bot_id) do update
    set
        number = excluded.number,
        instance = excluded.instance,
        lease_until = excluded.lease_until,
        successor = null,
        successor_seen_at = null,
        listening_since = clock_timestamp()
    where
    known.instance = excluded.instance
    or (known.lease_until < clock_timestamp() and known.number <= excluded.number)
    or known.lease_until < clock_timestamp() - %(silence)s::interval
returning number;

-- name: announce_successor
-- Says to the one who listens that a younger one is here and alive.
update notifications.listeners
set successor = %(number)s, successor_seen_at = clock_timestamp()
where
    bot_id = %(bot_id)s
    and number < %(number)s
    and (
        coalesce(successor, 0) <= %(number)s
        or successor_seen_at < clock_timestamp() - %(seen_within)s::interval
    );

-- name: present_listener
-- Who listens now, and whether the lease is still good.
select
    number,
    instance,
    lease_until > clock_timestamp() as is_alive
from notifications.listeners
where bot_id = %(bot_id)s;

-- name: renew_lease
-- Keeps the lease, says how it goes, and learns whether a younger one waits.
update notifications.listeners
set
    lease_until = clock_timestamp() + %(lease)s::interval,
    polled_at = case
        when %(polled_seconds_ago)s::double precision is null then polled_at
        else clock_timestamp() - make_interval(secs => %(polled_seconds_ago)s::double precision)
    end,
    problem_since = case
        when %(problem)s::text is null then null
        when problem is null then clock_timestamp()
        else problem_since
    end,
    problem = %(problem)s::text
where bot_id = %(bot_id)s and instance = %(instance)s
returning
    coalesce(successor > number and successor_seen_at > clock_timestamp() - %(seen_within)s::interval, false)
        as has_successor;

-- name: release_lease
-- Makes way: whoever is next may begin at once.
update notifications.listeners
set lease_until = clock_timestamp()
where bot_id = %(bot_id)s and instance = %(instance)s;

-- name: require_lease
-- Takes the transaction back when another listens.
select notifications.require_listener(%(bot_id)s, %(instance)s);

-- name: next_listener_number
-- A number above all there were, for a listener that brings none.
select greatest(max(number), max(successor), %(least)s) + 1 as number
from notifications.listeners
where bot_id = %(bot_id)s;

-- name: commands_digest
-- Which commands were set last.
select commands_digest
from notifications.listeners
where bot_id = %(bot_id)s;

-- name: note_commands
-- Commands were set.
update notifications.listeners
set commands_digest = %(digest)s, commands_set_at = clock_timestamp()
where bot_id = %(bot_id)s;

-- name: note_username
-- Whoever listens knows what the bot is called.
update notifications.listeners
set username = %(username)s::text
where bot_id = %(bot_id)s and username is distinct from %(username)s::text;

-- name: bot_username
-- What the bot is called, as its latest listener has learned.
select username
from notifications.listeners
where bot_id = %(bot_id)s;

-- name: listener_state
-- How listening goes, for checks and pages.
select
    listening_since,
    problem,
    problem_since,
    commands_set_at,
    lease_until > clock_timestamp() as is_alive,
    coalesce(polled_at > listening_since, false) as is_answered,
    -- greatest() passes over null
    extract(
        epoch from clock_timestamp() - greatest(polled_at, listening_since)
    )::double precision as silent_seconds,
    (
        select count(*) from notifications.inbox
        where inbox.bot_id = listeners.bot_id and inbox.state in ('waiting', 'collected')
    ) as waiting
from notifications.listeners
where bot_id = %(bot_id)s;
