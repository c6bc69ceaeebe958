-- How the notifications of events stand, for checks.

-- name: feed_states
-- Each notification that was ever switched on: its last look, what is overdue, whom a week's news reached.
with weekly as (
    select
        feed,
        repair_id,
        bool_or(outcome = 'notified') as is_reached
    from notifications.seen_events
    where
        outcome in ('notified', 'nobody')
        and decided_at > clock_timestamp() - interval '7 days'
    group by feed, repair_id
),

reached as (
    select
        feed,
        count(*) filter (where is_reached) as reached,
        count(*) filter (where not is_reached) as unreached
    from weekly
    group by feed
),

waiting as (
    select
        feed,
        min(due_at) as due_at
    from notifications.seen_events
    where outcome is null and brake_id is null
    group by feed
)

select
    feeds.feed,
    clock_timestamp() - feeds.looked_at as looked_ago,
    case when waiting.due_at < clock_timestamp() then clock_timestamp() - waiting.due_at end as overdue,
    coalesce(reached.reached, 0) as reached,
    coalesce(reached.unreached, 0) as unreached
from notifications.feeds as feeds
left join reached on feeds.feed = reached.feed
left join waiting on feeds.feed = waiting.feed
order by feeds.feed;

-- name: waiting_brakes
-- What waits for a person's word.
select
    brake.feed,
    brake.about,
    clock_timestamp() - brake.opened_at as opened_ago,
    count(*) as events
from notifications.brakes as brake
inner join notifications.seen_events as seen on brake.brake_id = seen.brake_id
where brake.released_at is null and brake.refused_at is null and seen.outcome is null
group by brake.brake_id
order by brake.brake_id;
