scalars() {
    local i=$1 x=$2 b=$3 s=$4
    printf '%s\n' "$i" "$x" "$b" "$s"
    [[ $b == true ]]
}
