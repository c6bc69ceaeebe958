"""Looks at everything the notifications need, and says of each thing how it stands and what to do about it.

One file for each kind of check; ``groups`` names them all, ``running`` lets none of them stop another. What uses them:
the DAG ``check_connections`` (``task``) and the command ``python -m sancrm_notifications.checks``.
"""
