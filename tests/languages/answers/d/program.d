import std.algorithm, std.conv, std.stdio;

void main()
{
    long sum = 0;
    foreach (line; stdin.byLine)
        sum += line.splitter.map!(to!long).sum;
    writeln(sum);
}
