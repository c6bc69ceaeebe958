"""Takes what the ledger has stored to its channel: each message once, in order, at its moment."""
