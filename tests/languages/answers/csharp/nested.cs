using System.Collections.Generic;
using System.Linq;

public static class Solution
{
    public static (List<List<long>>, Dictionary<string, List<double>>, long?, (string, (bool, long)))
        nested(
            List<List<long>> rows,
            Dictionary<string, List<double>> names,
            long? maybe,
            (string, (bool, long)) pair)
    {
        var copied = rows.Select(row => row.ToList()).ToList();
        return (copied, names.ToDictionary(each => each.Key, each => each.Value), maybe, pair);
    }
}
