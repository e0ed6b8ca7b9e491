# Works with a class of its own that overloads operators, and returns plain numbers.


class Number:
    def __init__(self, value):
        self.value = value

    def __add__(self, other):
        return Number(self.value + other.value)

    def __eq__(self, other):
        return isinstance(other, Number) and self.value == other.value

    def __int__(self):
        return self.value


def add(a, b):
    return int(Number(a) + Number(b))
