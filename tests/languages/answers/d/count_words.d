import std.algorithm, std.array, std.stdio;

long[string] count_words(string text)
{
    long[string] counts;
    foreach (word; text.splitter(' ').filter!(word => !word.empty))
        counts[word]++;
    return counts;
}

unittest
{
    assert(count_words("a a") == ["a": 2]);
}

void main()
{
    writeln(count_words("a b a"));
}
