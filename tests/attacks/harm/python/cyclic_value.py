# Return a list that contains itself, beside an integer of a million digits.
# catalogue: H12
# shows: nothing: what it costs is the judge's to show
# ends: wrong_answer
print("attacking", flush=True)


def add(a, b):
    cycle = [10**1_000_000]
    cycle.append(cycle)
    return cycle
