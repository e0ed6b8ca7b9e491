def sets(a, b):
    return (a, b)
