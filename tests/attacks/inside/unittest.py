"""Run a test module with the standard library's runner, and believe its exit status."""

import sys

sys.path.insert(0, ".")  # as `python -m unittest` has it
import importlib

module = importlib.import_module("unittest")
module.main(module="test_solution", argv=["unittest"])
