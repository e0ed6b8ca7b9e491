/// Serve calls of a D answer; the format of a line is that of grading/wire.py.
///
/// Nothing here imports the standard library, which would take longer to compile than all else.
module llmbench;

import core.stdc.math : isinf, isnan;
import core.stdc.stdio : fflush, snprintf;
import core.stdc.stdlib : strtod, strtoll;
import core.sys.posix.unistd : _exit, read, write;

private string words;
private char[] reply;

private string next()
{
    foreach (at, c; words)
    {
        if (c == ' ')
        {
            auto word = words[0 .. at];
            words = words[at + 1 .. $];
            return word;
        }
    }
    auto word = words;
    words = null;
    return word;
}

bool readTruth() { return next() == "t"; }

// What these C functions read ends with a blank, or with the zero that ends a line.
long readInteger() { return strtoll(next().ptr + 1, null, 10); }

double readNumber() { return strtod(next().ptr + 1, null); }

size_t readCount() { return cast(size_t) readInteger(); }

/// Tell whether the next word says that there is no value; it is gone if it does.
bool readNone()
{
    if (words.length == 0 || words[0] != 'n')
        return false;
    next();
    return true;
}

string readText()
{
    static int digit(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }
    auto word = next();
    auto text = new char[word.length / 2];
    foreach (at, ref c; text)
        c = cast(char)(digit(word[2 * at + 1]) * 16 + digit(word[2 * at + 2]));
    return cast(string) text;
}

void writeNone() { reply ~= " n"; }

void writeTruth(bool value) { reply ~= value ? " t" : " f"; }

void writeInteger(long value)
{
    char[32] word;
    reply ~= word[0 .. snprintf(word.ptr, word.length, " i%lld", value)];
}

void writeNumber(double value)
{
    char[64] word;
    if (isnan(value))
        reply ~= " dnan";
    else if (isinf(value))
        reply ~= value > 0 ? " dinf" : " d-inf";
    else
        reply ~= word[0 .. snprintf(word.ptr, word.length, " d%.17g", value)];
}

void writeCount(char kind, size_t count)
{
    char[32] word;
    reply ~= word[0 .. snprintf(word.ptr, word.length, " %c%zu", kind, count)];
}

void writeText(const(char)[] value)
{
    static immutable digits = "0123456789abcdef";
    reply ~= " s";
    foreach (c; value)
    {
        reply ~= digits[c >> 4];
        reply ~= digits[c & 15];
    }
}

private void say(const(char)[] line)
{
    while (line.length)
    {
        auto sent = write(4, line.ptr, line.length);
        if (sent <= 0)
            _exit(1);
        line = line[sent .. $];
    }
}

private string readLine()
{
    static char[] unread;
    for (size_t searched = 0;;)
    {
        foreach (at, c; unread[searched .. $])
        {
            if (c == '\n')
            {
                unread[searched + at] = 0;
                auto line = cast(string) unread[0 .. searched + at];
                unread = unread[searched + at + 1 .. $];
                return line;
            }
        }
        searched = unread.length;
        char[65_536] buffer = void;
        auto got = read(3, buffer.ptr, buffer.length);
        if (got <= 0)
            _exit(0);
        unread ~= buffer[0 .. got];
    }
}

/// Answer calls until there are no more, and end the program.
void serve(void function() call)
{
    say("r\n");
    for (;;)
    {
        words = readLine();
        next(); // the function's name: there is only one
        next(); // how many arguments
        reply = "v".dup;
        try
            call();
        catch (Throwable error)
        {
            auto message = error.msg.length > 1000 ? error.msg[0 .. 1000] : error.msg;
            reply = "e".dup;
            writeText(typeid(error).name);
            writeText(message);
        }
        fflush(null);
        reply ~= '\n';
        say(reply);
    }
}
