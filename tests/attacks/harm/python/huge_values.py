# Return what is too large, too deep or too slow to be read, one after another.
# catalogue: H12
# shows: nothing: what it costs is the judge's to show
# ends: wrong_answer, memory_limit, runtime_error
import sys

print("attacking", flush=True)
sys.set_int_max_str_digits(0)


def add(a, b):
    # Integers that collide in a hash table: quadratic for whoever puts them into a set.
    prime = (1 << 61) - 1
    return {number * prime for number in range(60_000)}
