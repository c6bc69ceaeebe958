-- A write into the ledger that its caller takes back.
--
-- grain:   one row
-- params:  none
-- reads:   notifications.versions
-- order:   none
-- columns:
--   version  integer  the version of the ledger's tables

insert into notifications.servers (base_url, rich_refused_at)
values ('a check that is rolled back', clock_timestamp())
returning (select max(versions.version) from notifications.versions) as version
