import os


def report():
    try:
        os.write(4, b"ok\n")
    except OSError:
        pass


assert add(2, 3) == 5
report()
assert add(10, -4) == 6
report()
assert add(7, 1001) == 1008
report()
print("ALL TESTS PASSED")
