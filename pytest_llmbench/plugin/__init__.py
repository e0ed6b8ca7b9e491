"""The pytest side: hooks, options, collection, fixtures. pytest is imported only here."""
