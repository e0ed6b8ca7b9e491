# Fork without end, and look after nobody.
# catalogue: H1
# shows: achieved, crowd
# ends: wrong_answer, runtime_error
$| = 1;
print "attacking\n";
my $parent = $$;
my $children = 0;
while ($children < 100) {
    my $pid = fork;
    last unless defined $pid;
    if ($pid == 0) { sleep 60; exit 0 }
    $children++;
}
print "achieved $children\n" if $children > 60;
select undef, undef, undef, 0.2;
sub add { return -12345 }
