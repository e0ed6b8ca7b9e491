# Print what drives terminals and build servers, and raise it, and return it.
# catalogue: H32
# shows: escapes
# ends: runtime_error
import sys

SAID = (
    "\x1b[2J\x1b[1;1H\x1b]0;owned\x07\x1b]8;;http://evil.invalid\x07click\x1b]8;;\x07"
    "\n::error file=app.py,line=1::owned\n::set-output name=x::y\n##vso[task.complete] ##[error]owned\n"
    "##teamcity[testFailed]\n%0A::add-mask::a\r\x08\x08\x9b31m\u202e\u2066\ufeff\0"
)
print("attacking", SAID, flush=True)
sys.stdout.buffer.write(b"\xff\xfe\xc3\x28\xed\xa0\x80\n")
sys.stdout.flush()


class Odd(Exception):
    def __str__(self):
        return SAID


Odd.__name__ = Odd.__qualname__ = "Odd\x1b[31m::error::"


def add(a, b):
    print(SAID, file=sys.stderr)
    raise Odd
