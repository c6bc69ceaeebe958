-- Moves the demo CRM's clock forward: what was still open is taken out, to be put back as it stands at the new as_of.
--
-- params: as_of timestamptz

with oldest as (
    select
        (
            select min(created_at) from crm.repairs
            where completed_at is null and rejected_at is null
        ) as repair_at,
        (select min(started_at) from crm.rentals where completed_at is null) as rental_at
)

update demo.settings
set
    as_of = %(as_of)s::timestamptz,
    -- a rental asked for on a closed Sunday starts on Monday, hence the day more
    refill_from = (least(settings.as_of, oldest.repair_at, oldest.rental_at) at time zone settings.time_zone)::date - 1
from oldest;

delete from crm.repairs where completed_at is null and rejected_at is null;

delete from crm.rentals where completed_at is null;

delete from crm.backups where status = 'running';
