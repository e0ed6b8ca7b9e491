// Uses the names that a driver could use for itself, as functions, types and macros.
#include <string>
using namespace std;
#define call "wrong"
#define line "wrong"
#define text_of(x) "wrong"
#define read(x) "wrong"
#define write(x) "wrong"
#define in "wrong"
#define out "wrong"
struct Reader {};
struct Writer {};
struct Words {};
template <class T> struct Value {};
string say(string) { return "wrong"; }
int serve(int) { return 1; }
int main_ = 1, apply = 2, word_of = 3, read_line = 4;

long long add(long long a, long long b) {
    return a + b;
}
