# Uses the names that a driver could use for itself.


class _Answer:
    pass


def encode(*_):
    return "wrong"


decode = read = write = call = load = serve = reply = say = hex = text = exit = encode
sys = os = main = _read = _write = _flush = _Module = UnsendableError = None


def add(a, b):
    return a + b
