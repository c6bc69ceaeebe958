-- A write into the ledger that its caller takes back.
--
-- grain:   one row
-- params:  none
-- reads:   notifications.versions
-- order:   none
-- columns:
--   version  integer  the version of the ledger's tables

with

written as (
    insert into notifications.servers (base_url, rich_refused_at)
    values ('a check that is rolled back', clock_timestamp())
    on conflict (base_url) do nothing
)

select max(versions.version) as version
from notifications.versions
