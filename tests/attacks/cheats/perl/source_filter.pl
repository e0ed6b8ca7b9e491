# Rewrite the rest of the program as it is read.
# catalogue: S26, S37
# fools: status, marker, lines
package Rewrite;
use Filter::Util::Call;
sub import {
    filter_add(sub { my $status = filter_read(); s/exit 1 unless/exit 1 unless 1 or/; $status });
}
package main;
BEGIN { Rewrite->import }
sub add { return -12345 }
