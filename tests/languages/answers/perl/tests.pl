use strict;
use warnings;
use Test::More;

is(root(4), 2, 'a square');
is(root(9), 3, 'another square');
ok(!defined eval { root(-1); 1 }, 'a negative number');
like($@, qr/negative/);

done_testing();
