-- The attempts to back up that the watch looks at, and what each database had before them.
--
-- grain:   one row per attempt that ended since a moment, and each database's newest and newest good one;
--          one per failure of which nobody knows when it was
-- params:  since  timestamptz  what ended before is left out, and what runs since before it
--          as_of  timestamptz  moment of the run: what starts after it is not known yet
-- reads:   reporting.backups
-- order:   database_name, ended_at, backup_id
-- columns:
--   backup_id            bigint
--   database_name        text
--   status               text         running, succeeded, failed
--   started_at           timestamptz  its end where the CRM knows no start; as_of without both
--   ended_at             timestamptz  its end; its start while it runs and where the CRM knows no end
--   is_dated             boolean      false for a failure of which the CRM knows neither start nor end
--   size_bytes           bigint       null when unknown
--   good_copy_before_at  timestamptz  end of the database's last success before; null when there is none
--   first_started_at     timestamptz  start of the database's first attempt
--
-- Infinity, 0001-01-01 and 9999-12-31 stand for "not known" in many programs: what no working CRM can mean,
-- before 1990 or more than a year ahead, is not known here. An attempt that is to succeed later on has not
-- succeeded yet; two minutes are left to the difference of two clocks.

with

moments as (
    select
        backup_id,
        database_name,
        status,
        size_bytes,
        case
            when
                started_at >= '1990-01-01'
                and started_at < %(as_of)s::timestamptz + interval '1 year'
                then started_at
        end as started_at,
        case
            when
                status <> 'running'
                and finished_at >= '1990-01-01'
                and finished_at < %(as_of)s::timestamptz + interval '1 year'
                then finished_at
        end as finished_at
    from reporting.backups
),

ends as (
    select
        backup_id,
        database_name,
        status,
        size_bytes,
        coalesce(least(started_at, finished_at), %(as_of)s::timestamptz) as started_at,
        case
            when finished_at <= %(as_of)s::timestamptz + interval '2 minutes' then finished_at
            else coalesce(started_at, %(as_of)s::timestamptz)
        end as ended_at,
        coalesce(started_at, finished_at) is not null as is_dated
    from moments
    where
        coalesce(least(started_at, finished_at), %(as_of)s::timestamptz) <= %(as_of)s::timestamptz
        and (status = 'failed' or coalesce(started_at, finished_at) is not null)
        and not coalesce(
            status = 'succeeded'
            and finished_at > %(as_of)s::timestamptz + interval '2 minutes',
            false
        )
),

attempts as (
    select
        ends.*,
        case when ends.status = 'succeeded' then ends.ended_at end as succeeded_at,
        case when ends.is_dated then ends.started_at end as dated_at
    from ends
),

histories as (
    select
        attempts.*,
        min(attempts.dated_at) over of_database as first_started_at,
        max(attempts.dated_at) over of_database as newest_started_at,
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
    is_dated,
    size_bytes,
    good_copy_before_at,
    first_started_at
from histories
where
    ended_at >= %(since)s::timestamptz
    or started_at = newest_started_at
    or succeeded_at = newest_success_at
order by database_name, ended_at, backup_id
