"""What is read of the CRM beside the report queries: rows as tasks pass them, and links to its cards."""
