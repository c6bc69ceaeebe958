-- Nightly backups of the demo CRM's two databases at about two; a failed attempt is made again an hour later.
--
-- The archive's first attempt fails on the first run's last night, and every eleventh from there: a demo
-- shows one.

insert into crm.backups (backup_id, database_name, started_at, finished_at, status, error, size_bytes)
with nights as (
    select
        days.day,
        days.repairs_before,
        names.database_number,
        names.database_name,
        -- room for two attempts at each of two databases
        (days.day - date '1990-01-01') * 4 + names.database_number * 2 as first_attempt_id,
        names.database_number = 1 and (days.day - settings.made_on) % 11 = 0 as must_fail
    from demo.settings as settings
    inner join demo.days as days on (settings.refill_from - 1) <= days.day
    cross join (values (0, 'sancrm'), (1, 'sancrm_archive')) as names (database_number, database_name)
),

failures as (
    select
        nights.*,
        nights.must_fail
        or demo.draw(nights.first_attempt_id, settings.seed * 1000 + 81) < 0.01 as first_fails
    from demo.settings as settings
    cross join nights
),

attempts as (
    select
        failures.*,
        retries.retry,
        settings.as_of,
        failures.first_attempt_id + retries.retry as backup_id,
        failures.first_fails and retries.retry = 0 as fails,
        failures.day + time '02:00'
        + retries.retry * interval '1 hour' + failures.database_number * interval '15 minutes'
        + floor(120 * demo.draw(failures.first_attempt_id, settings.seed * 1000 + 82))
        * interval '1 second' as started,
        settings.time_zone,
        floor(300 + 400 * demo.draw(failures.first_attempt_id, settings.seed * 1000 + 83))
        * interval '1 second' as duration
    from demo.settings as settings
    cross join failures
    cross join generate_series(0, failures.first_fails::integer) as retries (retry)
),

moments as (
    select
        attempts.*,
        attempts.started at time zone attempts.time_zone as started_at,
        (attempts.started + attempts.duration) at time zone attempts.time_zone as finished_at,
        (attempts.started + attempts.duration) at time zone attempts.time_zone < attempts.as_of as is_finished
    from attempts
)

select
    moments.backup_id,
    moments.database_name,
    moments.started_at,
    case when moments.is_finished then moments.finished_at end as finished_at,
    case
        when not moments.is_finished then 'running'
        when moments.fails then 'failed'
        else 'succeeded'
    end as status,
    case when moments.is_finished and moments.fails then words.words[1 + moments.backup_id % 2] end as error,
    case
        when moments.is_finished and not moments.fails
            then 3000000000 * (1 + moments.database_number) + moments.repairs_before * 20000
    end as size_bytes
from moments
inner join demo.words as words on words.kind = 'backup error'
where moments.started_at < moments.as_of
on conflict do nothing;
