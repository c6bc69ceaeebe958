-- What was switched of a branch or an event can be taken back: what is more general counts again.

alter table notifications.switches
-- what is taken back: whether it is told, quiet hours, or reminders
add column takes_back text check (takes_back in ('told', 'quiet', 'reminders')),
drop constraint switches_say_one_thing,
add constraint switches_say_one_thing check (
    num_nonnulls(is_on, quiet_from, remind_after_days, takes_back) = 1
    and (remind_after_days is null) = (most_reminders is null)
    and (takes_back is distinct from 'told' or event is not null)
) not valid;
