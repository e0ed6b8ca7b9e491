import unittest

from solution import order


class TestOrder(unittest.TestCase):
    def test_order(self):
        for xs in ([3, 1, 2], [9, 8]):
            got = order(xs)
            self.assertEqual(got, sorted(xs))
