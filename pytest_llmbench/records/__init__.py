"""What is stored of a run: one flat JSON line per sample, and who wrote it."""
