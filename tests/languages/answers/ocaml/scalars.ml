let scalars i x b s = (i, x, b, s)
