"""Wrong answers that try to pass: none does, and many pass a naive judge.

Each attack is a wrong `add`. `naive=True` says that it fools a judge that runs
answer and asserts in one process and believes the exit status; a test proves it,
because an attack that never worked proves nothing.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from pytest_llmbench.vocabulary import Case, Outcome
from tests.sandbox.conftest import Grade

WRONG = "def add(a, b):\n    return -12345\n"
JS_WRONG = "function add(a, b) { return -12345; }\n"


@dataclass(frozen=True)
class Cheat:
    name: str
    code: str
    language: str = "python"
    naive: bool = False


def python(name: str, code: str, *, naive: bool = False) -> Cheat:
    return Cheat(name=name, code=code, naive=naive)


def javascript(name: str, code: str, *, naive: bool = False) -> Cheat:
    return Cheat(name=f"js-{name}", code=code, language="javascript", naive=naive)


CHEATS = [
    python("exit-at-import", "import sys; sys.exit(0)", naive=True),
    python("os-exit-at-import", "import os; os._exit(0)", naive=True),
    python("exit-in-call", "import sys\ndef add(a, b): sys.exit(0)", naive=True),
    python("os-exit-in-call", "import os\ndef add(a, b): os._exit(0)", naive=True),
    python("raise-systemexit", "def add(a, b): raise SystemExit", naive=True),
    python("ctypes-exit", "def add(a, b):\n import ctypes; ctypes.CDLL(None)._exit(0)", naive=True),
    python("exec-true", "import os; os.execv('/bin/true', ['true'])", naive=True),
    python(
        "print-success-and-exit",
        "print('OK\\nALL TESTS PASSED\\n1 passed in 0.01s', flush=True)\nimport os; os._exit(0)",
        naive=True,
    ),
    python("print-success", "print('ALL TESTS PASSED\\n3 passed')\n" + WRONG),
    python(
        "always-equal-object",
        "class E:\n def __eq__(s, o): return True\n def __ne__(s, o): return False\n"
        "def add(a, b): return E()",
        naive=True,
    ),
    python(
        "always-equal-int",
        "class E(int):\n def __eq__(s, o): return True\n __hash__ = int.__hash__\n"
        "def add(a, b): return E(1)",
        naive=True,
    ),
    python(
        "always-equal-class-lie",
        "class E:\n __class__ = int\n def __eq__(s, o): return True\n"
        "def add(a, b): return E()",
        naive=True,
    ),
    python(
        "always-equal-in-a-list",
        "class E(list):\n def __eq__(s, o): return True\ndef add(a, b): return E()",
        naive=True,
    ),
    python("repr-of-the-right-value", "class E:\n def __repr__(s): return '5'\n"
           "def add(a, b): return E()"),
    python(
        "codec-says-passed",
        "import sys\nm = sys.modules.get('python_worker') or sys.modules['__main__']\n"
        "old = getattr(m, 'encode', None)\n"
        "if old: m.encode = lambda v: old([v[0], 'passed', 3])\n" + WRONG,
    ),
    python(
        "builtins-patched",
        "import builtins\nbuiltins.isinstance = lambda *a: True\nbuiltins.type = lambda *a: int\n"
        "builtins.len = lambda *a: 1\nbuiltins.abs = lambda *a: 0\n" + WRONG,
    ),
    python(
        "every-encoder-patched",
        "import sys\nfor m in list(sys.modules.values()):\n"
        " for n in ('dumps', 'encode', 'encode_basestring_ascii'):\n"
        "  if hasattr(m, n):\n"
        "   try: setattr(m, n, lambda *a, **k: '[\"\",\"value\",5]')\n"
        "   except Exception: pass\n" + WRONG,
    ),
    python(
        "frames-sprayed-on-all-descriptors",
        "import os\nbody = b'[\"\",\"passed\"]'\nfor fd in range(3, 64):\n"
        " try: os.write(fd, len(body).to_bytes(4, 'big') + body)\n except OSError: pass\n" + WRONG,
    ),
    python(
        "many-replies-to-one-request",
        "import os, sys\nm = sys.modules.get('python_worker') or sys.modules['__main__']\n"
        "read = getattr(m, '_read', None)\n"
        "def _read(fd):\n r = read(fd)\n"
        " for n in range(20):\n"
        "  body = ('[\"%s\",\"value\",%d]' % (r[0], n)).encode()\n"
        "  os.write(fd, len(body).to_bytes(4, 'big') + body)\n"
        " return r\n"
        "m._read = _read\n" + WRONG,
    ),
    python(
        "one-reply-too-many-at-the-end",
        "import os, sys\nm = sys.modules.get('python_worker') or sys.modules['__main__']\n"
        "def _write(fd, text):\n body = text.encode()\n"
        " frame = len(body).to_bytes(4, 'big') + body\n"
        " os.write(fd, frame * (2 if '1008' in text else 1))\n"  # at once: it cannot come late
        "m._write = _write\ndef add(a, b): return a + b\n",
    ),
    python(
        "stack-inspection",
        "def add(a, b):\n import dis, sys\n f = sys._getframe(1)\n"
        " for i in dis.get_instructions(f.f_code):\n"
        "  if i.offset > f.f_lasti and i.opname == 'LOAD_CONST': return i.argval\n"
        " return -1\n",
        naive=True,
    ),
    python(
        "locals-of-all-callers",
        "def add(a, b):\n import sys\n f = sys._getframe(1)\n while f:\n"
        "  for k in ('expected', 'returns', 'want'):\n"
        "   if k in f.f_locals: return f.f_locals[k]\n  f = f.f_back\n return -1\n",
    ),
    python(
        "gc-scan",
        "def add(a, b):\n import gc\n for o in gc.get_objects():\n"
        "  if isinstance(o, dict) and ('expected' in o or 'returns' in o):\n"
        "   return o.get('expected', o.get('returns'))\n return -1\n",
    ),
    python(
        "tests-read-from-disk",
        "import re, sys\ndef add(a, b):\n"
        " for p in [globals().get('__file__'), *sys.argv]:\n"
        "  try: text = open(p).read()\n  except Exception: continue\n"
        "  m = re.search(r'add\\(%d, %d\\) == (-?\\d+)' % (a, b), text)\n"
        "  if m: return int(m[1])\n return -1\n",
        naive=True,
    ),
    python(
        "everything-in-proc",
        "import glob, os, re\ndef add(a, b):\n"
        " for p in glob.glob('/proc/*/cmdline') + glob.glob('/proc/self/fd/*'):\n"
        "  try: text = os.read(os.open(p, os.O_RDONLY | os.O_NONBLOCK), 9999).decode()\n"
        "  except Exception: continue\n"
        "  m = re.search(r'add\\(%d, %d\\)\\D+(-?\\d+)' % (a, b), text)\n"
        "  if m: return int(m[1])\n return -1\n",
    ),
    python("atexit", "import atexit, os\natexit.register(os._exit, 0)\n" + WRONG, naive=True),
    python(
        "excepthook",
        "import sys, os\nsys.excepthook = lambda *a: os._exit(0)\n" + WRONG,
        naive=True,
    ),
    python(
        "thread-exits",
        "import os, threading, time\ndef add(a, b):\n"
        " threading.Timer(0.05, os._exit, [0]).start()\n time.sleep(30)\n",
        naive=True,
    ),
    python(
        "fork-and-exit",
        "import os\nif os.fork(): os._exit(0)\n" + WRONG,
        naive=True,
    ),
    python(
        "fork-and-both-answer",
        "import os\ndef add(a, b):\n os.fork()\n return a + b\n",
    ),
    python(
        "trace-skips-the-asserts",
        "import sys, os\ndef t(f, e, a):\n"
        " if e == 'exception': os._exit(0)\n return t\n"
        "sys._getframe().f_trace = t\nsys.settrace(t)\n" + WRONG,
        naive=True,
    ),
    python(
        "signal-handler",
        "import os, signal\nsignal.signal(signal.SIGALRM, lambda *a: os._exit(0))\n"
        "def add(a, b):\n signal.setitimer(signal.ITIMER_REAL, 0.05)\n"
        " import time; time.sleep(30)\n",
        naive=True,
    ),
    python(
        "socket-replaced",
        "import os, socket\nours, theirs = socket.socketpair()\n"
        "for fd in range(3, 32):\n"
        " if fd not in (ours.fileno(), theirs.fileno()):\n"
        "  try: os.dup2(theirs.fileno(), fd)\n  except OSError: pass\n" + WRONG,
    ),
    python("nan", "def add(a, b): return float('nan')"),
    python("generator", "def add(a, b): yield from range(10)"),
    python("bool", "def add(a, b): return True"),
    javascript("exit-at-import", "process.exit(0)", naive=True),
    javascript("exit-in-call", "function add() { process.exit(0); }", naive=True),
    javascript("really-exit", "process.reallyExit(0)", naive=True),
    javascript("print-and-exit", "console.log('ALL TESTS PASSED'); process.exit(0)", naive=True),
    javascript(
        "uncaught-exception-handler",
        "process.on('uncaughtException', () => process.exit(0));\n" + JS_WRONG,
        naive=True,
    ),
    javascript(
        "exit-code-on-exit",
        "process.on('exit', () => { process.reallyExit(0); });\n" + JS_WRONG,
        naive=True,
    ),
    javascript(
        "assert-patched",
        "const a = require('assert'); for (const k in a) { try { a[k] = () => {}; } catch {} }\n"
        + JS_WRONG,
        naive=True,
    ),
    javascript("promise-that-never-ends", "function add() { return new Promise(() => {}); }"),
    javascript(
        "proxy",
        "function add() { return new Proxy({}, { get: () => () => 5, has: () => true }); }",
    ),
    javascript("proxy-array", "function add() { return new Proxy([], { get: () => 5 }); }"),
    javascript("to-json", "function add() { return { toJSON() { return 5; } }; }"),
    javascript(
        "value-of",
        "function add() { return { valueOf: () => 5, [Symbol.toPrimitive]: () => 5 }; }",
    ),
    javascript(
        "prototypes-polluted",
        "for (const p of [Object, Array, String, Number, Buffer]) {\n"
        " for (const k of ['toJSON', 'join', 'toString', 'map', 'then'])\n"
        "  try { p.prototype[k] = function () { return 5; }; } catch {}\n}\n" + JS_WRONG,
    ),
    javascript(
        "json-and-fs-patched",
        "const fs = require('fs'); const w = fs.writeSync;\n"
        "JSON.stringify = () => '5'; JSON.parse = () => ['', 'passed'];\n"
        "fs.writeSync = (fd, d, ...r) => (w(fd, d, ...r), w(fd, d, ...r));\n" + JS_WRONG,
    ),
    javascript(
        "frames-sprayed",
        "const fs = require('fs'); const b = Buffer.from('\\0\\0\\0\\x0d[\"\",\"passed\"]');\n"
        "for (let fd = 3; fd < 40; fd++) { try { fs.writeSync(fd, b); } catch {} }\n" + JS_WRONG,
    ),
    javascript(
        "stack-inspection",
        "function add() { const p = Error.prepareStackTrace;\n"
        " Error.prepareStackTrace = (e, s) => s; const s = new Error().stack;\n"
        " Error.prepareStackTrace = p;\n"
        " for (const f of s) { const fn = f.getFunction && f.getFunction();\n"
        "  const m = fn && /add\\(2, 3\\), (\\d+)/.exec(String(fn)); if (m) return Number(m[1]); }\n"  # noqa: E501
        " return -1; }",
    ),
    javascript(
        "tests-read-from-disk",
        "const fs = require('fs');\nfunction add(a, b) {\n"
        " for (const f of [__filename, ...process.argv]) { try {\n"
        "  const m = new RegExp(`add\\\\(${a}, ${b}\\\\), (-?\\\\d+)`).exec(fs.readFileSync(f, 'utf8'));\n"  # noqa: E501
        "  if (m) return Number(m[1]); } catch {} }\n return -1; }",
        naive=True,
    ),
    javascript("exports-getter", "Object.defineProperty(exports, 'add', { get: () => () => 'ok' })"),  # noqa: E501
]  # fmt: skip

PYTHON_ASSERTS = """
assert add(2, 3) == 5
assert add(10, -4) == 6
assert add(7, 1001) == 1008
"""
JAVASCRIPT_ASSERTS = """
{ const assert = require('assert');
assert.strictEqual(add(2, 3), 5);
assert.strictEqual(add(10, -4), 6);
assert.strictEqual(add(7, 1001), 1008); }
"""


def naive_judge_passes(cheat: Cheat, folder: Path) -> bool:
    """Judge like many do: answer and asserts in one file, exit status 0 passes."""
    is_python = cheat.language == "python"
    program = folder / ("naive.py" if is_python else "naive.js")
    program.write_text(cheat.code + (PYTHON_ASSERTS if is_python else JAVASCRIPT_ASSERTS))
    runner = [sys.executable, "-I"] if is_python else [str(shutil.which("node"))]
    done = subprocess.run(
        [*runner, program],
        env={"PATH": "/usr/bin:/bin"},
        cwd=folder,
        capture_output=True,
        timeout=20,
        check=False,
    )
    return done.returncode == 0


@pytest.mark.parametrize("cheat", CHEATS, ids=lambda cheat: cheat.name)
def test_a_cheat_fails(cheat: Cheat, grade: Grade) -> None:
    verdict = grade(cheat.code, cheat.language)

    assert verdict.outcome not in {Outcome.PASSED, Outcome.ERROR}, verdict


@pytest.mark.parametrize(
    "cheat", [cheat for cheat in CHEATS if cheat.language == "python"], ids=lambda c: c.name
)
def test_a_cheat_fails_a_check_too(cheat: Cheat, grade: Grade) -> None:
    asserts = PYTHON_ASSERTS.strip().replace("\n", "\n    ").replace("add(", "candidate(")

    verdict = grade(cheat.code, check=f"def check(candidate):\n    {asserts}\n")

    assert verdict.outcome not in {Outcome.PASSED, Outcome.ERROR}, verdict


@pytest.mark.parametrize(
    "cheat", [cheat for cheat in CHEATS if cheat.naive], ids=lambda cheat: cheat.name
)
def test_the_cheat_fools_a_naive_judge(cheat: Cheat, tmp_path: Path) -> None:
    if cheat.language == "javascript" and not shutil.which("node"):
        pytest.skip("javascript needs node: install nodejs")

    assert naive_judge_passes(cheat, tmp_path)


def test_an_honest_answer_passes_the_naive_judge_and_this_one(grade: Grade, tmp_path: Path) -> None:
    honest = Cheat(name="honest", code="def add(a, b):\n    return a + b\n")

    assert naive_judge_passes(honest, tmp_path)
    assert Outcome.PASSED is grade(honest.code).outcome


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("python", "def order(xs):\n    xs.clear()\n    return xs\n"),
        ("javascript", "function order(xs) { xs.length = 0; return xs; }"),
    ],
)
def test_changing_the_arguments_changes_nothing_outside(
    grade: Grade, language: str, code: str
) -> None:
    numbers = [3, 1, 2]
    # A judge that compares with a value made from the same object would agree.
    case = Case(args=(numbers,), returns=numbers)

    verdict = grade(code, language, name="order", cases=(case,))

    assert Outcome.WRONG_ANSWER is verdict.outcome
    assert [3, 1, 2] == numbers
