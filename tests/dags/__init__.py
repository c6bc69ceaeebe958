"""What can be said of the DAGs without running them."""
