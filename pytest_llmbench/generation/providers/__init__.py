"""The built-in providers; `generation.registry` imports each only when it is used."""
