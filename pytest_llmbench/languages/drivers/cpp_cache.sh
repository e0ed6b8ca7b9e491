# Compile the standard library beforehand: into {cache}, for drivers/cpp.sh.
#
# Without the headers that few programs use: what they declare is compiled anew in every
# program that sees it, and takes longer than the whole of a short program.
set -e
# The compiler says where its own header is, among what a file that includes it depends on.
echo '#include <bits/stdc++.h>' | "{g++}" -xc++ -E -M - -o found
mkdir -p "{cache}/bits"
grep -vE '<(execution|filesystem|future|random|regex)>' \
    "$(grep -o '[^ ]*bits/stdc++[.]h' found)" >"{cache}/bits/stdc++.h"
"{g++}" $flags -I"{cache}" -c "{cache}/driver.cpp" -o "{cache}/driver.o"
"{g++}" $flags -I"{cache}" -xc++-header "{cache}/llmbench.hpp" -o "{cache}/llmbench.hpp.gch"
