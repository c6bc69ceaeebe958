-- concurrently: attempts_errors
-- What went wrong of late, by kind.
create index concurrently if not exists attempts_errors
on notifications.attempts (result, slot_at desc)
where result <> 'sent';
