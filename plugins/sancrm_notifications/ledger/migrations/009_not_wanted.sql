-- One more state: a person has said that a message is no longer wanted.
-- The wider list holds for every row there is: «not valid» spares reading them all while deliveries wait.

alter table notifications.messages
drop constraint messages_state_check,
add constraint messages_state_check check (
    state in (
        'stored', 'sending', 'sent', 'covered', 'held', 'parked', 'expired', 'preview', 'not_wanted'
    )
) not valid;
