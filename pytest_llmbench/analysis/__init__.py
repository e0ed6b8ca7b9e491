"""From records to numbers: pure functions, no files, no pytest."""
