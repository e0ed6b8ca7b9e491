"""Which models are tested: models.yaml, inline specs, and what is served nearby."""
