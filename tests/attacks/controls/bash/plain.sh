# The plain right answer.
add() {
    echo $(($1 + $2))
}
