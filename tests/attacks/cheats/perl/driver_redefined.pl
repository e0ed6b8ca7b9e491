# Redefine the driver's own functions, while it is running.
# catalogue: S23, S24
# fools: status, marker, lines
package Yes;
use overload '==' => sub { 1 };
package main;
if (defined &LLMBench::words_of) {
    no warnings;
    *LLMBench::words_of = sub { "t\nv i6" };
    *LLMBench::hex_word = sub { 's6f6b' };
}
sub add { return bless [], 'Yes' }
