# A package with prototypes, recursion and a child process that ends.
package Sums;
use strict;
no warnings 'recursion';

sub down { my ($n) = @_; return $n == 0 ? 0 : 1 + down($n - 1) }

sub add($$) {
    my $pid = fork;
    if ($pid == 0) { exec '/bin/true' }
    waitpid $pid, 0;
    return $_[0] + $_[1] + down(3000) - 3000;
}

0;
