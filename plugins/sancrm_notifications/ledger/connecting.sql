-- How one connection to the ledger is kept from waiting for ever.

-- name: end_paused
-- Takes the locks away from tasks that have stopped inside a transaction, where milliseconds pass between two
-- statements; PostgreSQL's own limit does not see who has stopped in the middle of a pipeline.
select pg_terminate_backend(pid)
from pg_stat_activity
where
    datname = current_database()
    and usename = current_user
    and application_name = %(application)s
    and wait_event = 'ClientRead'
    and xact_start is not null
    and state_change < clock_timestamp() - %(longest_pause)s::interval;
