import unittest

from solution import add


class TestAdd(unittest.TestCase):
    def test_small(self):
        self.assertEqual(add(2, 3), 5)
        assert add(2, 3) == 5

    def test_negative(self):
        self.assertEqual(add(10, -4), 6)
        assert add(10, -4) == 6

    def test_large(self):
        self.assertEqual(add(7, 1001), 1008)
        assert add(7, 1001) == 1008
