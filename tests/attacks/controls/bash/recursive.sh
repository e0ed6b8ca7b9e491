# Recurses, redefines printf and read, and leaves options set.
printf() { command printf "$@"; }
shopt -s nullglob extglob
set -f
down() { (($1 == 0)) && echo 0 || echo $(($(down $(($1 - 1))) + 1)); }
add() { echo $(($1 + $2 + $(down 5) - 5)); }
