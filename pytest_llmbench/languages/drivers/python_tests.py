"""Run an answer and then its tests in one module, as if they were one file.

What the answer does only when it is run itself is left out; what the tests do then is not.
"""

import sys


def _run(module: dict[str, object]) -> None:
    compile_, execute, main = compile, exec, sys.modules["__main__"]
    sys.modules["solution"] = main
    try:
        for name, file in (("solution", "solution.py"), ("__main__", "tests.py")):
            module["__name__"], module["__file__"] = name, file
            with open(file, encoding="utf-8") as source:
                execute(compile_(source.read(), file, "exec", dont_inherit=True), module)
    except Exception as error:
        trace = error.__traceback__
        error.__traceback__ = trace and trace.tb_next  # without this function
        sys.excepthook(type(error), error, error.__traceback__)
        raise SystemExit(1) from None


_run(globals())
