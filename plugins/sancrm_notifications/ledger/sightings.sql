-- Sightings: what a notification has seen and does not believe until it is seen again some time later.

-- name: note_sighting
-- Remembers a sighting, unless it is remembered already, and returns how long ago it was first seen.
insert into notifications.sightings (notification, sighting, expires_at)
values (%(notification)s, %(sighting)s, clock_timestamp() + %(keep)s::interval)
-- An update that changes nothing, as only what was written is returned.
on conflict (notification, sighting) do update set sighting = excluded.sighting
returning clock_timestamp() - first_seen_at as age;

-- name: forget_sighting
-- What was seen is seen no longer.
delete from notifications.sightings
where notification = %(notification)s and sighting = %(sighting)s;

-- name: erase_sightings
-- Removes the sightings that nobody may go by any more.
delete from notifications.sightings
where expires_at <= clock_timestamp();
