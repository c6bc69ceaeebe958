"""What is claimed about speed, as commands: ``python -m benchmarks`` measures it and prints one table."""
