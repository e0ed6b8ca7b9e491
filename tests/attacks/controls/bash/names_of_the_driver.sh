# Uses the names that a driver could use for itself.
calls=1 replies=2 words=3 at=4 name=5 value=6 line=7 text=8 word=9
say() { echo wrong; }
call() { echo wrong; }
find() { echo wrong; }
serve() { echo wrong; }
hex() { echo wrong; }
reply() { echo wrong; }
add() {
    local words=$1 at=$2
    echo $((words + at))
}
