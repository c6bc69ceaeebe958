-- The attempts to back up that the watch looks at, and what each database had before them.
--
-- grain:   one row per attempt that ended since a moment, and each database's newest and newest good one
-- params:  since  timestamptz  what ended before is left out, and what runs since before it
--          as_of  timestamptz  moment of the run: what starts after it is not known yet
-- reads:   reporting.backups
-- order:   database_name, ended_at, backup_id
-- columns:
--   backup_id            bigint
--   database_name        text
--   status               text         running, succeeded, failed
--   started_at           timestamptz
--   ended_at             timestamptz  its end; its start while it runs and when the CRM knows no end
--   size_bytes           bigint       null when unknown
--   good_copy_before_at  timestamptz  end of the database's last success before; null when there is none
--   first_started_at     timestamptz  start of the database's first attempt

with

ends as (
    select
        backup_id,
        database_name,
        status,
        started_at,
        size_bytes,
        case when status = 'running' then started_at else coalesce(finished_at, started_at) end as ended_at
    from reporting.backups
    where started_at <= %(as_of)s::timestamptz
),

attempts as (
    select
        ends.*,
        case when ends.status = 'succeeded' then ends.ended_at end as succeeded_at
    from ends
),

histories as (
    select
        attempts.*,
        min(attempts.started_at) over of_database as first_started_at,
        max(attempts.started_at) over of_database as newest_started_at,
        max(attempts.succeeded_at) over of_database as newest_success_at,
        max(attempts.succeeded_at) over before_it as good_copy_before_at
    from attempts
    window
        of_database as (partition by database_name),
        before_it as (
            partition by database_name
            order by ended_at, backup_id
            rows between unbounded preceding and 1 preceding
        )
)

-- The columns stand in the header's order.
select -- noqa: ST06
    backup_id,
    database_name,
    status,
    started_at,
    ended_at,
    size_bytes,
    good_copy_before_at,
    first_started_at
from histories
where
    ended_at >= %(since)s::timestamptz
    or started_at = newest_started_at
    or succeeded_at = newest_success_at
order by database_name, ended_at, backup_id
