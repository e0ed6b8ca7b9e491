module answers.nested;

import std.typecons;

alias Pair = Tuple!(string, Tuple!(bool, long));

auto nested(long[][] rows, double[][string] names, Nullable!long maybe, Pair pair)
{
    return tuple(rows, names, maybe, pair);
}
