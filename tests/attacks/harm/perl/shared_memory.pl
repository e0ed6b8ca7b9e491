# Ask for memory, queues and semaphores that are shared with everybody, and leave them.
# catalogue: H28
# shows: achieved
$| = 1;
print "attacking\n";
my $memory = shmget(4242, 4096, 01666);
my $queue = msgget(4243, 01666);
print "achieved memory\n" if defined $memory;
print "achieved a queue\n" if defined $queue;
sub add { return -12345 }
