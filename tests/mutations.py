"""What protects a delivery: lines whose removal must turn a test red; ``python -m tests.protections`` tries it."""

from __future__ import annotations

from tests.bot.mutations import BOT
from tests.events.mutations import EVENTS
from tests.mutation import Mutation

DELIVERY = "plugins/sancrm_notifications/delivery/batch.py"
ATTEMPT = "plugins/sancrm_notifications/delivery/attempt.py"
POST = "plugins/sancrm_notifications/delivery/post.py"
ANSWERS = "plugins/sancrm_notifications/channels/telegram/errors.py"
HOOK = "plugins/sancrm_notifications/channels/telegram/hook.py"
DRAWING = "plugins/sancrm_notifications/delivery/drawing.py"
PICTURES = "tests/delivery/test_pictures.py"
REFUSALS = "plugins/sancrm_notifications/channels/telegram/refusals.py"
OPERATORS = "plugins/sancrm_notifications/airflow/operators.py"
QUERIES = "plugins/sancrm_notifications/ledger/recording.sql"
MOMENT = "plugins/sancrm_notifications/ledger/migrations/008_claiming.sql"
CONNECTING = "plugins/sancrm_notifications/ledger/connecting.py"
BATCHES = "plugins/sancrm_notifications/ledger/batches.py"
CLAIMING = "plugins/sancrm_notifications/ledger/claiming.sql"
SENDING = "plugins/sancrm_notifications/ledger/claiming.py"
EFFECTS = "plugins/sancrm_notifications/ledger/recording.py"
INDEXES = "plugins/sancrm_notifications/ledger/indexes.py"
STORING = "plugins/sancrm_notifications/ledger/storing.py"
STORING_SQL = "plugins/sancrm_notifications/ledger/storing.sql"
REVISING = "plugins/sancrm_notifications/ledger/revising.py"
REVISING_SQL = "plugins/sancrm_notifications/ledger/revising.sql"
READING = "plugins/sancrm_notifications/ledger/reading.py"
PAGES = "plugins/sancrm_notifications/pages"


def row(play: str) -> str:
    """Return the test that plays a row of the table of faults."""
    return f"tests/faults/test_table.py::test_nothing_is_lost_and_what_may_be_a_repeat_says_so[{play}]"


def processes(test: str) -> str:
    """Return a test of processes side by side."""
    return f"tests/faults/test_processes.py::{test}"


MUTATIONS = (
    Mutation(
        "the note before sending",
        CLAIMING,
        "set state = 'sending', attempt_id = attempt.attempt_id, reason = null",
        "set attempt_id = attempt.attempt_id, reason = null",
        (row("killed_after_the_answer"),),
    ),
    Mutation(
        "the note after",
        SENDING,
        "[*noted, renewed], patience_seconds",
        "[renewed], patience_seconds",
        (row("killed_after_the_note"),),
    ),
    Mutation(
        "error class: 429",
        ANSWERS,
        "if status == httpx.codes.TOO_MANY_REQUESTS:",
        "if status == 0:",
        (row("flooded"),),
    ),
    Mutation(
        "the memory of retry_after",
        MOMENT,
        "select chats.blocked_until from notifications.chats",
        "select null::timestamptz from notifications.chats",
        (row("flooded_for_a_day"),),
    ),
    Mutation(
        "a long wait leaves the worker",
        OPERATORS,
        "            self._wait(postponed)\n",
        "            raise AirflowException(str(postponed)) from None\n",
        ("tests/airflow/test_operators.py",),
    ),
    Mutation(
        "error class: migrated",
        ANSWERS,
        'if new_id := parameters.get("migrate_to_chat_id"):',
        'if new_id := parameters.get("no such parameter"):',
        (row("migrated"),),
    ),
    Mutation(
        "error class: chat gone",
        REFUSALS,
        'Refusal(("bot was kicked",), _GONE,',
        'Refusal(("bot was kicked",), Result.NOT_SENT,',
        (row("kicked"),),
    ),
    Mutation(
        "error class: topic closed",
        REFUSALS,
        'Refusal(("topic_closed",), _CLOSED,',
        'Refusal(("topic_closed",), Result.NOT_SENT,',
        (row("topic_closed"),),
    ),
    Mutation(
        "error class: wrong token",
        ANSWERS,
        "return Outcome(Result.BAD_TOKEN, status,",
        "return Outcome(Result.NOT_SENT, status,",
        (row("token_replaced"),),
    ),
    Mutation(
        "nobody waits for reports that a wrong token keeps back",
        DELIVERY,
        "        except Exception:\n            self._is_one_given_up = True",
        "        except PostponedError:\n            self._is_one_given_up = True",
        (row("token_replaced"),),
    ),
    Mutation(
        "unknown is not «not sent»: 5xx",
        ANSWERS,
        "Result.NOT_SENT if was_turned_away else Result.UNKNOWN",
        "Result.NOT_SENT",
        (row("lost_after"), row("lost_after_and_held")),
    ),
    Mutation(
        "unknown is not «not sent»: no answer",
        ANSWERS,
        'return Outcome(Result.UNKNOWN, description=f"{name}: no answer',
        'return Outcome(Result.NOT_SENT, description=f"{name}: no answer',
        (row("lost_after"), row("timed_out_and_settled")),
    ),
    Mutation(
        "unknown is not «not sent»: a 200 without a message",
        ANSWERS,
        "return Outcome(Result.UNKNOWN, httpx.codes.OK,",
        "return Outcome(Result.NOT_SENT, httpx.codes.OK,",
        ("tests/delivery/test_faults.py",),
    ),
    Mutation(
        "a possible repeat says so",
        POST,
        "return mark_repeat(text, rich=rich) if claimed.possible_repeats else text",
        "return text",
        (row("lost_after"),),
    ),
    Mutation(
        "only Telegram's own word is Telegram's",
        ANSWERS,
        "        return _in_between(status, retry_after)\n",
        "        answer = {}\n",
        ("tests/delivery/test_in_between.py",),
    ),
    Mutation(
        "what is protected stays in its chat",
        "plugins/sancrm_notifications/channels/telegram/requests.py",
        '"protect_content": post.is_protected,',
        '"protect_content": False,',
        ("tests/delivery/test_protected.py",),
    ),
    Mutation(
        "policy «hold»",
        QUERIES,
        "when unknown_policy <> 'resend' then 'held'",
        "when false then 'held'",
        (row("lost_after_and_held"),),
    ),
    Mutation(
        "memory of the chat's second",
        MOMENT,
        "last.slot_at) + chat_gap",
        "last.slot_at) - chat_gap",
        (processes("test_processes_with_batches_of_their_own_for_the_same_chat"),),
    ),
    Mutation(
        "memory of the group's minute, across processes",
        MOMENT,
        "                and counted.result is distinct from 'rate_limited'\n",
        "                and counted.result is null\n",
        (row("taken_over_inside_the_minute"),),
    ),
    Mutation(
        "memory of the bot's second",
        MOMENT,
        "            ) + bot_window\n",
        "            ) - bot_window\n",
        (processes("test_processes_with_chats_of_their_own_keep_the_bots_limit"),),
    ),
    Mutation(
        "a second look at a moment reserved far ahead",
        ATTEMPT,
        "if moment - time.monotonic() > _LOOK_AGAIN_SECONDS:",
        "if moment - time.monotonic() > 1e9:",
        ("tests/delivery/test_turns.py",),
    ),
    Mutation(
        "the bot's lock",
        CLAIMING,
        "select pg_advisory_xact_lock(hashtextextended('notifications.bot', %(bot_id)s));",
        "select %(bot_id)s::bigint;",
        (
            "tests/delivery/test_side_by_side.py",
            processes("test_processes_with_chats_of_their_own_keep_the_bots_limit"),
        ),
    ),
    Mutation(
        "a stopped process loses its locks",
        CONNECTING,
        'await connection.execute(query("end_paused"), paused)',
        "del paused",
        (row("paused_inside_a_transaction"),),
    ),
    Mutation(
        "fencing: the note of a stale try",
        QUERIES,
        "    rich_html = case when not %(without_rich)s then rich_html end\n"
        "where message_id = %(message_id)s and state = 'sending' and attempt_id = %(attempt_id)s;",
        "    rich_html = case when not %(without_rich)s then rich_html end\nwhere message_id = %(message_id)s;",
        (row("paused_after_a_refusal"),),
    ),
    Mutation(
        "fencing: a claim from before a pause is not used",
        ATTEMPT,
        "return time.monotonic() > self.lapses_at",
        "return time.monotonic() > self.lapses_at + 1e9",
        (row("paused_with_a_claim"),),
    ),
    Mutation(
        "one request in flight for each chat",
        CLAIMING,
        "        and not moment.is_in_flight\n",
        "",
        ("tests/delivery/test_turns.py",),
    ),
    Mutation(
        "the lease: a dead process's claim becomes unknown",
        CLAIMING,
        "and lease_until < clock_timestamp()",
        "and false",
        (row("killed_before_the_request"),),
    ),
    Mutation(
        "the turn: batches are not interleaved",
        MOMENT,
        "            held.holder = excluded.holder\n",
        "            true\n",
        (processes("test_processes_with_batches_of_their_own_for_the_same_chat"),),
    ),
    Mutation(
        "the turn: an answer goes before a claim of the batch that has begun",
        MOMENT,
        "            and first.priority < with_priority\n",
        "            and false\n",
        ("tests/ledger/test_claiming.py",),
    ),
    Mutation(
        "the bot's queue: bulk cannot claim the last places",
        SENDING,
        "return AHEAD * _SHARE_OF_AHEAD[priority]",
        "return AHEAD",
        ("tests/ledger/test_claiming.py",),
    ),
    Mutation(
        "an index is built by one at a time",
        INDEXES,
        "            if answer(builder, _IS_BUILDING):",
        "            if False:",
        ("tests/ledger/test_indexes.py",),
    ),
    Mutation(
        "what is no longer wanted is never claimed again",
        STORING_SQL,
        "'held', 'not_wanted') as has_begun",
        "'held') as has_begun",
        ("tests/ledger/test_parked.py",),
    ),
    Mutation(
        "the turn's lease",
        MOMENT,
        "held.lease_until < clock_timestamp()",
        "held.lease_until < 'epoch'",
        (processes("test_a_chat_is_free_for_other_batches_when_its_turn_has_lapsed"),),
    ),
    Mutation(
        "the summary waits for its reports",
        CLAIMING,
        "            not closes_batch\n            or waiting_since",
        "            true\n            or waiting_since",
        ("tests/delivery/test_batch.py",),
    ),
    Mutation(
        "a lost connection to the ledger is made anew",
        CONNECTING,
        "if time.monotonic() > given_up_at:",
        "if given_up_at:",
        (row("connection_terminated"), row("database_restarted")),
    ),
    Mutation(
        "refused markup and buttons: plain text",
        EFFECTS,
        'if attempt.form == "plain":',
        "if attempt.form:",
        (row("refused_button"),),
    ),
    Mutation(
        "what is parked is reopened by a person only",
        BATCHES,
        "if reopen_parked else []",
        "if True else []",
        (row("kicked"),),
    ),
    Mutation(
        "figures as before: no edit",
        REVISING,
        "if _says(parts[0], rows[0]):",
        "if False:",
        (row("changed_numbers"),),
    ),
    Mutation(
        "an edit made twice",
        ANSWERS,
        "if _NOT_MODIFIED in description.lower():",
        "if not description:",
        (row("changed_numbers"),),
    ),
    Mutation(
        "the rich form covers further parts",
        QUERIES,
        "    %(form)s = 'rich'\n",
        "    %(form)s = 'none'\n",
        ("tests/delivery/test_batch.py",),
    ),
    Mutation(
        "what is withdrawn is never sent",
        REVISING_SQL,
        "    state = 'expired',\n    reason = 'withdrawn",
        "    state = 'stored',\n    reason = 'withdrawn",
        ("tests/delivery/test_edits.py",),
    ),
    Mutation(
        "an edit only where the number means the message",
        ATTEMPT,
        "return is_same_bot and claimed.sent_chat_id in {None, chat_id}",
        "return True",
        ("tests/delivery/test_edits.py",),
    ),
    Mutation(
        "an end to copies that may be repeats",
        QUERIES,
        "when possible_repeats + 1 >= %(most_repeats)s then 'parked'",
        "when false and possible_repeats + 1 >= %(most_repeats)s then 'parked'",
        ("tests/delivery/test_faults.py::test_answers_lost_again_and_again_end_with_a_person",),
    ),
    Mutation(
        "an outage is no waiting for others",
        DELIVERY,
        "await self._ledger.forget_waiting()",
        "pass",
        ("tests/delivery/test_side_by_side.py::test_after_an_outage_the_summary_still_waits_for_its_reports",),
    ),
    Mutation(
        "pages: nothing is done where the choice has changed since",
        f"{PAGES}/decisions_page.py",
        "if form.seen != version(able):",
        "if not form:",
        ("tests/pages/test_decisions.py::test_a_choice_that_has_changed_since_is_a_conflict",),
    ),
    Mutation(
        "pages: a replayed form leads to its run",
        f"{PAGES}/decisions_page.py",
        "if airflow_runs.find(DAG_ID, [run_id]):",
        "if not form:",
        ("tests/pages/test_decisions.py::test_a_double_click_and_a_replayed_form_have_one_effect",),
    ),
    Mutation(
        "pages: the right is asked for each message",
        f"{PAGES}/decisions_page.py",
        "return [message for message in messages if rights.may_act_on(message)]",
        "return [message for message in messages if rights]",
        ("tests/pages/test_decisions.py::test_who_may_edit_one_dag_does_not_resend_anothers",),
    ),
    Mutation(
        "pages: the log has what may be read",
        f"{PAGES}/log_page.py",
        "found = log.page(connection, wanted, rights.readable, chosen.after)",
        "found = log.page(connection, wanted, dag_ids, chosen.after)",
        ("tests/pages/test_rights.py::test_nothing_of_a_message_is_seen_by_whom_it_is_not_for",),
    ),
    Mutation(
        "pages: the table has what may be read",
        f"{PAGES}/log_page.py",
        "found = log.page(connection, chosen.wanted, rights.readable, place, _CSV_PAGE)",
        "found = log.page(connection, chosen.wanted, known.dags(connection), place, _CSV_PAGE)",
        ("tests/pages/test_rights.py::test_nothing_of_a_message_is_seen_by_whom_it_is_not_for",),
    ),
    Mutation(
        "pages: what waits in the log may be read",
        f"{PAGES}/log_page.py",
        "attention.waiting(connection, rights.readable)",
        "attention.waiting(connection, dag_ids)",
        ("tests/pages/test_rights.py::test_nothing_of_a_message_is_seen_by_whom_it_is_not_for",),
    ),
    Mutation(
        "pages: what waits may be read",
        f"{PAGES}/decisions_page.py",
        "waiting = attention.waiting(connection, rights.readable)",
        "waiting = attention.waiting(connection, known.dags(connection))",
        ("tests/pages/test_rights.py::test_nothing_of_a_message_is_seen_by_whom_it_is_not_for",),
    ),
    Mutation(
        "pages: the picture counts what may be read",
        f"{PAGES}/log_page.py",
        "log.day(connection, day_begins, wanted.until_at, rights.readable)",
        "log.day(connection, day_begins, wanted.until_at, dag_ids)",
        ("tests/pages/test_rights.py::test_the_days_picture_counts_what_may_be_read",),
    ),
    Mutation(
        "pages: the lists of filters are of what may be read",
        f"{PAGES}/log_page.py",
        "places = known.places(connection, dag_ids, rights.readable, branches)",
        "places = known.places(connection, dag_ids, dag_ids, branches)",
        ("tests/pages/test_rights.py::test_the_lists_of_filters_name_only_what_may_be_read",),
    ),
    Mutation(
        "pages: a message is opened by whom may read it",
        f"{PAGES}/message_page.py",
        "if not rights.may_read(message):",
        "if not rights:",
        ("tests/pages/test_rights.py::test_every_page_for_everybody",),
    ),
    Mutation(
        "pages: reports by day are those that may be read",
        f"{PAGES}/staff_page.py",
        "if one.notification in readable and (about is None or one.notification != CALLS)",
        "if about is None or one.notification != CALLS",
        ("tests/pages/test_rights.py::test_days_and_missed_reports_are_those_that_may_be_read",),
    ),
    Mutation(
        "pages: missed reports are those that may be read",
        f"{PAGES}/backfill_page.py",
        "reports = [report for report in span.reports if report.dag_id in rights.readable]",
        "reports = span.reports",
        ("tests/pages/test_rights.py::test_days_and_missed_reports_are_those_that_may_be_read",),
    ),
    Mutation(
        "pages: a filter shows no more than may be read",
        "plugins/sancrm_notifications/ledger/log.py",
        "return storing & set(dag_ids)",
        "return storing",
        ("tests/pages/test_rights.py::test_no_filter_finds_what_may_not_be_read",),
    ),
    Mutation(
        "pages: names and phones are for editors",
        f"{PAGES}/rights.py",
        'return message["notification"] in IMPERSONAL or self.may_act_on(message)',
        'return bool(message["notification"])',
        ("tests/pages/test_log.py::test_names_and_phones_are_for_those_who_may_edit",),
    ),
    Mutation(
        "pages: another site's request is refused by its origin",
        f"{PAGES}/security.py",
        "if origin is not None and urlsplit(origin).netloc.lower() not in own_hosts:",
        "if origin is not None and not own_hosts:",
        ("tests/pages/test_security.py::test_other_sites_do_not",),
    ),
    Mutation(
        "pages: a form is its user's",
        f"{PAGES}/security.py",
        "if signed[:2] != [user_id, form]:",
        "if not signed:",
        ("tests/pages/test_security.py::test_a_form_is_accepted_from_its_user_for_its_form_within_the_hour",),
    ),
    Mutation(
        "pages: a cookie beside credentials needs a form",
        f"{PAGES}/security.py",
        'return COOKIE in cookies or "authorization" not in given',
        'return "authorization" not in given',
        ("tests/pages/test_decisions.py::test_a_request_with_its_own_credentials_needs_no_form",),
    ),
    Mutation(
        "pages: a ledger of another version is not read",
        READING,
        "if version != package_version():",
        "if version > 10_000:",
        ("tests/pages/test_rights.py::test_what_hinders_reading_is_one_sentence_and_airflow_goes_on",),
    ),
    Mutation(
        "pages: no cell is a formula",
        f"{PAGES}/spreadsheet.py",
        "text.lstrip()[:1] in _FORMULA and text.strip()",
        "not text",
        ("tests/pages/test_log.py::test_no_cell_of_the_table_is_a_formula",),
    ),
    Mutation(
        "pages: a backfill is started once by its form",
        f"{PAGES}/backfill_page.py",
        "if not airflow_backfills.was_started(dag_id, ticks, sent.issued_at):",
        "if ticks:",
        ("tests/pages/test_forecasts.py::test_missed_days_are_shown_counted_and_sent",),
    ),
    Mutation(
        "pages: a preview wants the right to run its DAG",
        f"{PAGES}/previews_page.py",
        "if form.notification not in may_run(user, [form.notification]):",
        "if not form.notification:",
        ("tests/pages/test_rights.py::test_every_other_form_for_everybody",),
    ),
    Mutation(
        "pages: an edit makes no report late",
        f"{PAGES}/punctuality.py",
        'arrived_at = message["arrived_at"] or',
        "arrived_at =",
        ("tests/pages/test_staff.py::test_each_report_is_judged_with_its_why",),
    ),
    Mutation(
        "pages: a link is made by whom may edit the bot's DAG",
        f"{PAGES}/clients_page.py",
        "if DAG_ID not in _readable(user).editable:",
        "if DAG_ID not in _readable(user).readable:",
        ("tests/pages/test_clients.py::test_a_program_makes_links_with_a_token_of_airflow_alone",),
    ),
    Mutation(
        "pages: a form sent twice is one link",
        f"{PAGES}/clients_page.py",
        'forms.secret_of(sent, f"invitation/{customer_id}")',
        "None",
        ("tests/pages/test_clients.py::test_a_form_sent_twice_is_one_link_and_a_new_form_another",),
    ),
    Mutation(
        "pages: their own forms may be sent",
        f"{PAGES}/security.py",
        "form-action 'self'\"",
        "form-action 'none'\"",
        ("tests/pages/test_browser.py::test_a_decision_is_made_with_the_keyboard_alone",),
    ),
    Mutation(
        "a refused picture parks nothing but itself",
        REFUSALS,
        """("not enough rights to send photos", "chat_send_photos_forbidden", "chat_send_media_forbidden"),
        Result.PICTURE_REFUSED,""",
        """("not enough rights to send photos", "chat_send_photos_forbidden", "chat_send_media_forbidden"),
        _CLOSED,""",
        (PICTURES,),
    ),
    Mutation(
        "a picture too large for what is in between is no outage",
        HOOK,
        "if outcome.http_status == httpx.codes.REQUEST_ENTITY_TOO_LARGE:",
        "if outcome.http_status is None:",
        (PICTURES,),
    ),
    Mutation(
        "a picture that cannot be drawn stops no text",
        DRAWING,
        "except Exception as error:",
        "except SystemError as error:",
        (PICTURES,),
    ),
    Mutation(
        "a picture is drawn once, however late it gets",
        DRAWING,
        "if figures != self._figures:",
        "if figures:",
        (PICTURES,),
    ),
    Mutation(
        "a picture does not come out of nowhere",
        STORING,
        "if not parts and message.belongs_to and _has_begun(",
        "if not parts and not message.subject and _has_begun(",
        (PICTURES,),
    ),
    *BOT,
    *EVENTS,
)
