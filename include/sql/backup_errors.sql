-- What went wrong in attempts to back up, as the CRM noted it.
--
-- grain:   one row per attempt asked for that the CRM still has
-- params:  backup_ids  bigint[]
-- reads:   reporting.backups
-- order:   backup_id
-- columns:
--   backup_id  bigint
--   error      text    null when nothing was noted; a text beyond 4000 characters without its middle
--
-- Free text of a program: read only where the message is written, never handed from task to task.

with

attempts as (
    select
        backup_id,
        error
    from reporting.backups
    where backup_id = any(%(backup_ids)s::bigint[])
)

select
    backup_id,
    case
        when length(error) > 4000 then left(error, 2000) || ' ... ' || right(error, 2000)
        else error
    end as error
from attempts
order by backup_id
