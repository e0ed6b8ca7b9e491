import unittest

from solution import find


class TestFind(unittest.TestCase):
    def test_find(self):
        self.assertEqual(find("3f1c9a5e77b04d21"), "3f1c9a5e77b04d21c60e48d5b392f7a0")
