-- Nightly backups of the demo CRM's two databases at about two; a failed attempt is made again an hour later.
--
-- The archive's first attempt fails on the first run's last night, and every eleventh from there: a demo shows one.

insert into crm.backups (backup_id, database_name, started_at, finished_at, status, error, size_bytes)
with nights as (
    select
        settings.time_zone,
        settings.as_of,
        settings.seed * 1000 as salt,
        days.day,
        days.repairs_before,
        names.database_number,
        names.database_name,
        (days.day - date '1990-01-01') * 4 + names.database_number * 2 as backup_id,
        (names.database_number = 1 and (days.day - settings.made_on) % 11 = 0)
        or demo.draw(
            (days.day - date '1990-01-01') * 4 + names.database_number * 2, settings.seed * 1000 + 81
        ) < 0.01 as first_fails
    from demo.settings as settings
    inner join demo.days as days on (settings.refill_from - 1) <= days.day
    cross join (values (0, 'sancrm'), (1, 'sancrm_archive')) as names (database_number, database_name)
),

attempts as (
    select
        nights.*,
        nights.backup_id + attempt as attempt_id,
        attempt = 0 and nights.first_fails as fails,
        (nights.day + time '02:00' + attempt * interval '1 hour' + nights.database_number * interval '15 minutes')
        at time zone nights.time_zone
        + floor(120 * demo.draw(nights.backup_id + attempt, nights.salt + 82)) * interval '1 second' as started_at,
        floor(300 + 400 * demo.draw(nights.backup_id + attempt, nights.salt + 83)) * interval '1 second' as duration
    from nights
    cross join lateral generate_series(0, nights.first_fails::integer) as attempt
)

select
    attempt_id,
    database_name,
    started_at,
    case when started_at + duration < as_of then started_at + duration end as finished_at,
    case
        when started_at + duration >= as_of then 'running'
        when fails then 'failed'
        else 'succeeded'
    end as status,
    case
        when fails and started_at + duration < as_of
            then case (attempt_id / 4) % 2
                when 0 then 'pg_dump: ошибка: не удалось записать файл: На устройстве не осталось свободного места'
                else 'pg_dump: error: connection to server was lost'
            end
    end as error,
    case
        when not fails and started_at + duration < as_of
            then 3000000000 * (1 + database_number) + repairs_before * 20000
    end as size_bytes
from attempts
where started_at < as_of
on conflict do nothing;
