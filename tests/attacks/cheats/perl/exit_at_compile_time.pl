# Leave with status 0 while the program is still being compiled.
# catalogue: S1, S8
# fools: status
BEGIN { POSIX->can('_exit') ? POSIX::_exit(0) : CORE::exit(0) }
