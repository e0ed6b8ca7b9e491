/* Uses the names that a driver could use for itself, as functions, variables and macros. */
#include <string.h>
#define line "wrong"
#define out "wrong"
#define kind "wrong"
int calls = 1, replies = 2, length = 3, room = 4;
char *at, *reply;
struct words { int count; };
char *next(void) { return "wrong"; }
char *more(int size) { return "wrong"; }
char *text_of(char *word) { return "wrong"; }
int digit(char c) { return -1; }
int serve(int call) { return 1; }
int say(int word) { return 1; }

long long add(long long a, long long b) {
    return a + b;
}
