-- A server is known by its host and port from now on: its whole address may hold a login and a password.
-- What is forgotten here is asked again.

delete from notifications.servers
where base_url like '%://%';

comment on column notifications.servers.base_url is 'host and port; the whole address may hold a password';
