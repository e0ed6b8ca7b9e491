"""Run a test module with pytest in one process, and believe its exit status."""

import os
import sys

sys.path.append(sys.argv[2])
os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
import pytest

sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", "test_solution.py"]))
