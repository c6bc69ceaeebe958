-- Moves the demo CRM's clock on: what was still open is taken out, to be put back as it stands at as_of.
--
-- params: as_of timestamptz

with oldest as (
    select least(
        (
            select min(created_at)
            from crm.repairs
            where completed_at is null and rejected_at is null
        ),
        (
            select min(started_at)
            from crm.rentals
            where completed_at is null
        )
    ) as open_at
),

taken_repairs as (
    delete from crm.repairs
    where completed_at is null and rejected_at is null
),

taken_rentals as (
    delete from crm.rentals
    where completed_at is null
),

taken_backups as (
    delete from crm.backups
    where status = 'running'
)

update demo.settings
set
    as_of = %(as_of)s::timestamptz,
    -- a rental asked for on a closed Sunday starts on Monday, hence the day before
    refill_from = (least(settings.as_of, oldest.open_at) at time zone settings.time_zone)::date - 1
from oldest;
