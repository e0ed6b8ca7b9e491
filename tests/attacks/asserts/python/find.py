import os


def report():
    try:
        os.write(4, b"ok\n")
    except OSError:
        pass


assert find("3f1c9a5e77b04d21") == "3f1c9a5e77b04d21c60e48d5b392f7a0"
report()
print("ALL TESTS PASSED")
