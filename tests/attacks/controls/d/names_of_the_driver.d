// Uses the names that a driver could use for itself, in a module of its own name.
module sums;

import std.string;

int calls = 1, reply = 2, words = 3;
alias readInteger = strip;
struct Reader {}
struct Writer {}
string next() { return "wrong"; }
string readText() { return "wrong"; }
void writeInteger(long value) {}
void serve() {}
void call() {}

long add(long a, long b)
{
    return a + b;
}
