import os


def report():
    try:
        os.write(4, b"ok\n")
    except OSError:
        pass


for xs in ([3, 1, 2], [9, 8]):
    # The expected value comes from the very object that the answer was given.
    assert order(xs) == sorted(xs)
    report()
print("ALL TESTS PASSED")
