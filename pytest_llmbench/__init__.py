"""pytest-llmbench: evaluate code LLMs as pytest suites."""
