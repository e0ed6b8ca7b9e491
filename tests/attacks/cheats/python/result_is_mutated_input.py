# Empty the argument, so that a value computed from it afterwards agrees.
# catalogue: S36
# fools: status, marker, lines, unittest, pytest, shared-list
# problem: order


def order(xs):
    xs.clear()
    return xs
