# Uses the names that a driver could use for itself.
our ($calls, $replies, $MAX_DEPTH, %WRITERS, $NUMBER) = (1 .. 3);
sub find { 'wrong' }
sub call { 'wrong' }
sub serve { 'wrong' }
sub reply { 'wrong' }
sub failure { 'wrong' }
sub sequence { 'wrong' }
sub hex_word { 'wrong' }
sub text_of { 'wrong' }
sub words_of { 'wrong' }
sub next_line { 'wrong' }
sub read_value { 'wrong' }

sub add { my ($x, $y) = @_; return $x + $y }
