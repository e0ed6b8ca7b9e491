# Names and spacing that no formatter would leave, and a final line without an end.
import operator as 𝒐𝒑

add = lambda a, b, *rest: 𝒐𝒑.add(a, b)
__doc__ = 'assert add(2, 3) == 6 """'
