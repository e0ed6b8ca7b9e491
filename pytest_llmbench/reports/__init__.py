"""What people and CI read, made from rows and records."""
