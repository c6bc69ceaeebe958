"""Who uses the pages in tests, and which DAGs belong to whom."""

from __future__ import annotations

CALLS = "missed_calls"
DAILY = "profitability_daily"
MONTHLY = "profitability_monthly"

# By team, as bundles: «owners» is the team that neither viewer nor editor is in.
BUNDLES = {
    "office": (
        DAILY,
        "profitability_weekly",
        "backup_failures",
        "check_connections",
        "resend_parked",
        "client_bot",
        "client_statuses",
        "pickup_reminders",
        "staff_events",
    ),
    "calls": (CALLS, "missed_calls_check"),
    "owners": (MONTHLY,),
}
PASSWORDS = {name: f"{name}-password" for name in ("admin", "viewer", "editor", "calls")}
# The editor of another team: of this one DAG only.
SIMPLE_USERS = "admin:ADMIN,viewer:VIEWER:office|calls,editor:USER:office|calls,calls:USER:calls"
FAB_ROLES = {"admin": "Admin", "viewer": "Viewer", "editor": "User", "calls": "CallsEditor"}
