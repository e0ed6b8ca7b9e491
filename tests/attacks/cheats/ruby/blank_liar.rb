# Return an object without a class of its own, which agrees to every question.
# catalogue: S22
# fools: status, marker, lines
class Liar < BasicObject
  def ==(_other) = true
  def !=(_other) = false
  def !; false; end
  def method_missing(name, *) = name == :class ? ::Integer : true
  def respond_to_missing?(*) = true
end

def add(_a, _b)
  Liar.new
end
