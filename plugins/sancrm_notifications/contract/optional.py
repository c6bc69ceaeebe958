"""What a CRM may show beside the contract's five relations, and what is off where it does not.

Source: the contract's optional part, docs/adopting.md. A CRM without any of it keeps everything that its five relations
give.
"""

from __future__ import annotations

from sancrm_notifications.contract.terms import Column, Relation, Rule, not_negative

_NO_LISTS = "there are no lists of open repairs and no reminders to fetch what is ready"
_NO_CLIENT = "is told to no client and found by none"

BRANCHES_MORE = (
    Column("phone", "text", nullable=True, without="the bot gives clients no phone of their branch"),
    Column("address", "text", nullable=True, without="the bot gives clients no address of their branch"),
    Column("opening_hours", "text", nullable=True, without="the bot does not say when a branch is open"),
    Column(
        "time_zone",
        "text",
        nullable=True,
        without="quiet hours of every branch are by the time zone of [sancrm_notifications]",
    ),
)
REPAIRS_MORE = (
    Column("customer_id", "bigint", nullable=True, without=f"a repair {_NO_CLIENT}"),
    Column("estimate", "numeric(14,2)", nullable=True, without="the bot does not say which price was agreed"),
    Column("to_pay", "numeric(14,2)", nullable=True, without="the bot does not say what is to be paid for a repair"),
    Column("due_at", "timestamptz", nullable=True, without="the bot does not say until when a repair was promised"),
    Column("status_group", "text", nullable=True, without=_NO_LISTS),
    Column("closed_at", "timestamptz", nullable=True, without="the bot shows no repairs that were closed of late"),
    Column("warranty_until", "date", nullable=True, without="the bot does not say how long a warranty lasts"),
)
RENTALS_MORE = (
    Column("customer_id", "bigint", nullable=True, without=f"a rental {_NO_CLIENT}"),
    Column("tool", "text", nullable=True, without="the bot names a rental by its number alone"),
    Column("due_at", "timestamptz", nullable=True, without="the bot does not say when a rented tool is due back"),
    Column("to_pay", "numeric(14,2)", nullable=True, without="the bot does not say what is to be paid for a rental"),
)
STATUS_GROUPS = (
    "new",
    "diagnostics",
    "to_do",
    "in_work",
    "on_hold",
    "ready",
    "refused",
    "closed_success",
    "closed_failure",
)
REPAIRS_MORE_RULES = (
    Rule(
        ("status_group",),
        "status_group not in ('new', 'diagnostics', 'to_do', 'in_work', 'on_hold', 'ready', 'refused',"
        " 'closed_success', 'closed_failure')",
        ", ".join(STATUS_GROUPS[:-1]) + f" or {STATUS_GROUPS[-1]}",
        "translate the CRM's own groups in the view",
    ),
    not_negative("estimate"),
    not_negative("to_pay"),
)

OPTIONAL_RELATIONS: tuple[Relation, ...] = (
    Relation(
        "customers",
        "one row per customer",
        (
            Column("customer_id", "bigint"),
            Column("name", "text", nullable=True),
            Column("messages_allowed", "boolean", nullable=True),
        ),
        key=("customer_id",),
        without="no client is told anything and the bot knows nobody",
    ),
    Relation(
        "customer_phones",
        "one row per customer and phone",
        (Column("customer_id", "bigint"), Column("phone", "text"), Column("is_current", "boolean")),
        key=("customer_id", "phone"),
        more=(
            Column(
                "phone_digits",
                "text",
                nullable=True,
                without="to find a client by phone all of this relation is read",
            ),
        ),
        without="clients are bound by links only, and nobody by sharing a phone",
    ),
    Relation(
        "repair_events",
        "one row per event of a repair",
        (
            Column("event_id", "bigint"),
            Column("repair_id", "bigint"),
            Column("kind", "text"),
            Column("occurred_at", "timestamptz"),
            Column("recorded_at", "timestamptz"),
            Column("old_status", "text", nullable=True),
            Column("new_status", "text", nullable=True),
            Column("author", "text"),
            Column("comment", "text", nullable=True),
            Column("is_for_customer", "boolean"),
        ),
        key=("event_id", "recorded_at"),
        instants=("recorded_at",),
        rules=(
            Rule(
                ("kind",),
                "kind not in ('created', 'status', 'comment')",
                "created, status or comment",
                "translate the CRM's own words in the view, and leave other events out",
            ),
            Rule(
                ("author",),
                "author not in ('staff', 'customer', 'system')",
                "staff, customer or system",
                "translate the CRM's own words in the view",
            ),
        ),
        without="of what happens to a repair only its present status is told, and no comment; without indexes on"
        " created_at and status_changed_at of repairs nothing is: leave client_statuses and staff_events off then",
    ),
)
