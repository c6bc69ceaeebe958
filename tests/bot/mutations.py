"""What protects the bot and the people who write to it: lines whose removal must turn a test red."""

from __future__ import annotations

from tests.mutation import Mutation

PLUGIN = "plugins/sancrm_notifications"
INBOX = f"{PLUGIN}/ledger/inbox.sql"
RULES = f"{PLUGIN}/bot/rules.py"
PRESSED = f"{PLUGIN}/ledger/pressed.sql"
LOOP = "tests/bot/listening/test_listening.py"
TALK = "tests/bot/test_conversation.py"
CHECK = "tests/notifications/missed_calls"
CRM = "tests/crm/test_clients.py"
BINDING = "tests/bot/test_rules.py::test_only_the_own_contact_in_a_private_chat_is_a_number"

BOT = (
    Mutation(
        "bot: who has lost the lease writes nothing",
        f"{PLUGIN}/ledger/listeners.sql",
        "select notifications.require_listener(%(bot_id)s, %(instance)s);",
        "select %(bot_id)s::bigint, %(instance)s::uuid;",
        ("tests/bot/listening/test_handling.py::test_who_has_lost_the_lease_leaves_no_trace",),
    ),
    Mutation(
        "bot: who has lost the lease sends nothing",
        f"{PLUGIN}/bot/answering.py",
        "if not self._lease.holds():",
        "if self._lease.holds() is None:",
        ("tests/bot/listening/test_handling.py::test_who_has_lost_the_lease_sends_nothing",),
    ),
    Mutation(
        "bot: an update is written down once",
        INBOX,
        "on conflict (bot_id, update_id) do nothing",
        "on conflict (bot_id, update_id) do update set reason = excluded.reason",
        (f"{LOOP}::test_an_update_that_comes_five_times_has_one_effect",),
    ),
    Mutation(
        "bot: the offset moves behind the ledger",
        f"{PLUGIN}/bot/listening.py",
        "await self._handle_all(updates, handling, answering)",
        "polling.move_on(updates)",
        (f"{LOOP}::test_a_question_is_answered_and_stands_in_the_ledger",),
    ),
    Mutation(
        "bot: a contact is its sender's own",
        RULES,
        "owner_id is None or owner_id != sender_id",
        "owner_id is None",
        (BINDING,),
    ),
    Mutation(
        "bot: a forwarded contact proves nothing",
        RULES,
        "not is_private or is_forwarded",
        "not is_private",
        (BINDING,),
    ),
    Mutation(
        "bot: a number of many proves nobody",
        RULES,
        "elif len(bearers) > MOST_CUSTOMERS:",
        "elif len(bearers) > 1_000:",
        (f"{TALK}::TestSharedNumber::test_it_reveals_nothing_and_the_code_opens_one_customer",),
    ),
    Mutation(
        "bot: a code counts for its number's customers",
        RULES,
        "customers |= bearers & {binding.customer_id}",
        "customers |= {binding.customer_id} - {None}",
        (f"{TALK}::TestSharedNumber", "tests/bot/test_rules.py::test_every_proven_customer_has_a_proof_of_its_own"),
    ),
    Mutation(
        "bot: another's repair is never shown",
        f"{PLUGIN}/bot/questions.py",
        "repairs = await turn.crm.repairs_of(state.customers, since)",
        "repairs = await turn.crm.repairs_of(range(1, 60), since)",
        ("tests/bot/test_privacy.py::test_nobody_learns_of_anothers_repair",),
    ),
    Mutation(
        "bot: a link's token is kept nowhere",
        f"{PLUGIN}/ledger/invitations.py",
        "return hashlib.sha256(token.encode()).digest()",
        "return token.encode()",
        (f"{TALK}::TestByLink::test_no_token_is_kept",),
    ),
    Mutation(
        "bot: a link ends after its days",
        RULES,
        'return "expired" if invitation.is_expired else "ask"',
        'return "ask"',
        (f"{TALK}::TestByLink::test_an_expired_one_leads_to_the_contact",),
    ),
    Mutation(
        "bot: a link is one account's",
        RULES,
        "if invitation.is_used:",
        "if invitation.is_used and invitation.used_by == user_id:",
        (f"{TALK}::TestByLink::test_another_account_is_refused_and_the_office_sees_it",),
    ),
    Mutation(
        "bot: a button acts in its own chat",
        PRESSED,
        "chat_id = %(chat_id)s::bigint::text\n    and telegram_message_id = %(telegram_message_id)s::bigint\n"
        "    and notification = any(",
        "%(chat_id)s::bigint is not null\n    and telegram_message_id = %(telegram_message_id)s::bigint\n"
        "    and notification = any(",
        ("tests/bot/test_calling.py::TestWhere",),
    ),
    Mutation(
        "bot: a button acts under its own bot's message",
        PRESSED,
        "and (%(bot_id)s::bigint is null or sent_bot_id = %(bot_id)s::bigint)\nfor update;",
        "and coalesce(%(bot_id)s::bigint, 0) = coalesce(%(bot_id)s::bigint, 0)\nfor update;",
        ("tests/bot/test_calling.py::TestWhere::test_a_message_of_another_bot_under_the_same_number_is_left_alone",),
    ),
    Mutation(
        "bot: what is typed in a group reaches a client only under the question that was confirmed",
        f"{PLUGIN}/bot/replying.py",
        '(await _figures(turn, pressed)).get("reply_id") != reply_id',
        "await _figures(turn, pressed) is None",
        ("tests/bot/test_replying.py::test_a_button_that_was_made_up_or_stands_elsewhere_does_nothing",),
    ),
    Mutation(
        "bot: an answer is sent once",
        f"{PLUGIN}/bot/replying.py",
        "if reply.decided_by is not None:",
        "if reply.decided_by == '':",
        ("tests/bot/test_replying.py::test_confirmed_it_is_sent_once_and_the_chat_says_by_whom",),
    ),
    Mutation(
        "bot: nobody gives another's comment a repair",
        f"{PLUGIN}/ledger/comments.sql",
        "and binding.user_id = %(user_id)s::bigint\n    and comment.repair_id is null",
        "and %(user_id)s::bigint is not null\n    and comment.repair_id is null",
        ("tests/bot/test_commenting.py::test_another_persons_comment_cannot_be_given_a_repair",),
    ),
    Mutation(
        "bot: no button where nobody listens",
        f"{PLUGIN}/delivery/post.py",
        "claimed.buttons if claimed.is_listened else without_actions(claimed.buttons)",
        "claimed.buttons",
        ("tests/delivery/test_action_buttons.py::test_a_bot_that_is_not_listened_to_shows_only_links",),
    ),
    Mutation(
        "bot: an edit that waits does not undo a later one",
        f"{PLUGIN}/ledger/revising.py",
        'cursor.execute(query("outdate_answers"), edited)',
        "pass",
        (f"{CHECK}/test_tasks.py::TestCalledByHand::test_an_answer_that_waits_does_not_bring_an_older_text_back",),
    ),
    Mutation(
        "bot: a called customer is off the list",
        f"{PLUGIN}/notifications/missed_calls/rules.py",
        "if each in waiting and not self.is_off_the_list(each))",
        "if each in waiting)",
        (f"{CHECK}/test_rules.py::TestCalledByHand::test_it_is_off_the_list_until_the_next_working_day",),
    ),
    Mutation(
        "calls: what was told is edited where it stands",
        f"{PLUGIN}/notifications/missed_calls/drafts.py",
        "destination=known.destination",
        'destination="missed_calls"',
        (f"{CHECK}/test_teams.py::test_what_was_told_stays_where_it_stands_when_the_switch_is_turned_off",),
    ),
    Mutation(
        "calls: names go to the teams' chats only when a person has said so",
        f"{PLUGIN}/notifications/missed_calls/tasks.py",
        "chosen.team_chats if said.is_on(NOTIFICATION, None) else ()",
        "chosen.team_chats",
        (f"{CHECK}/test_teams.py::test_until_a_person_has_switched_it_on_all_goes_to_one_chat",),
    ),
    Mutation(
        "calls: a team's button acts in its own chat only",
        f"{PLUGIN}/ledger/pressed.sql",
        "    chat_id = %(chat_id)s::bigint::text\n    and telegram_message_id = %(telegram_message_id)s::bigint\n"
        "    and notification = any",
        "    telegram_message_id = %(telegram_message_id)s::bigint\n    and notification = any",
        (f"{CHECK}/test_teams.py::test_pressed_in_a_teams_chat_it_acts_there_and_nowhere_else",),
    ),
    Mutation(
        "bot: a CRM that hangs is left alone",
        f"{PLUGIN}/crm/clients.py",
        "if now < self._asked_again_at:",
        "if now < 0:",
        (f"{CRM}::test_after_a_question_that_hung_the_next_ones_do_not_wait_and_one_finds_out_when_it_is_back",),
    ),
)
