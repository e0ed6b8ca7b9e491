# Compile what calls the functions of solution.cpp ($0 is "calls"), or solution.cpp itself.
#
# The standard library was compiled beforehand, by drivers/cpp_cache.sh, without some headers.
# They are added where an answer has a word that only they declare: so it sees the same names
# as with the whole library.
code=$(cat solution.cpp)
library="-I{cache} -include {cache}/llmbench.hpp"
[ -e "{cache}/llmbench.hpp.gch" ] || library="-I. -include whole/llmbench.hpp"
add() { library="$library -include $1"; }
case $code in *execution*) add execution ;; esac
case $code in *filesystem*) add filesystem ;; esac
case $code in *future* | *promise* | *packaged_task* | *async* | *launch*) add future ;; esac
case $code in
    *random_device* | *distribution* | *engine* | *generate_canonical*) add random ;;
    *mt19937* | *minstd_rand* | *ranlux* | *knuth_b* | *seed_seq*) add random ;;
esac
case $code in *regex* | *[cs]match* | *match_results* | *sub_match*) add regex ;; esac
needs=
case $code in *openssl/*) needs=-lcrypto ;; esac
compile() { "{g++}" $flags $linker "$@" $needs -o main; }

if [ "$0" = calls ]; then
    driver="{cache}/driver.o"
    [ -e "$driver" ] || driver=driver.cpp
    # The declaration promises the whole library. An answer with includes of its own may have
    # left itself names that the library has too: where this fails, they alone count.
    compile $library main.cpp "$driver" && exit
    case $code in *bits/stdc++.h*) exit 1 ;; *"#include"*) ;; *) exit 1 ;; esac
    compile main.cpp "$driver" 2>/dev/null
else
    # As the compiler alone would, only faster: the library is put before a program that asks
    # for all of it, and that defines nothing first that could change it.
    first=$(grep -m1 -E '^[[:space:]]*#[[:space:]]*(define|undef|if|include.*bits/stdc)' solution.cpp)
    case $first in *include*) [ -e "{cache}/llmbench.hpp.gch" ] || library= ;; *) library= ;; esac
    compile $library solution.cpp
fi
