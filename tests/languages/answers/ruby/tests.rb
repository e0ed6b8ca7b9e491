require 'test/unit'

class TestRoot < Test::Unit::TestCase
  def test_root
    assert_equal(2.0, root(4))
    assert_equal(3.0, root(9))
    assert_raise(ArgumentError) { root(-1) }
  end
end
