# The plain right answer.
def add(a, b):
    return a + b
