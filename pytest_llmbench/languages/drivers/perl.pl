# Serve calls of a Perl answer; the format of a line is that of grading/wire.py.
#
# A scalar does not say whether it is a number, text or a boolean: the declared type of the
# returned value does. Nothing is imported, because that is most of what a start of Perl
# takes. Perl's own variables are set before each use: an answer may have changed them.
package LLMBench;

my $MAX_DEPTH = 100;
my $NUMBER = qr/\A\s*[+-]?(?:\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|inf(?:inity)?|nan)\s*\z/i;
my %WRITERS = (
    any => \&any_words,
    bool => \&bool_words,
    dict => \&dict_words,
    float => \&number_words,
    int => \&number_words,
    list => sub { sequence('l', @_) },
    None => \&any_words,
    optional => sub { defined $_[0] ? words_of($_[0], $_[1][1], $_[2]) : 'n' },
    set => \&set_words,
    str => \&str_words,
    tuple => sub { sequence('p', @_) },
);

open my $calls, '<&=', 3 or die "calls: $!";
open my $replies, '>&=', 4 or die "replies: $!";
our $is_running;

sub reply {
    local ($,, $\) = (' ', "\n");
    print {$replies} @_;
    flush_handle($replies);
}

sub flush_handle {
    my $old = select $_[0];
    ($|, my $was) = (1, $|);
    $| = $was;
    select $old;
}

sub hex_word {
    my ($text) = @_;
    utf8::encode($text);
    return 's' . unpack 'H*', $text;
}

sub text_of {
    my $text = pack 'H*', substr $_[0], 1;
    utf8::decode($text);
    return $text;
}

sub read_value {
    my ($words) = @_;
    my $word = shift @$words;
    my ($kind, $rest) = (substr($word, 0, 1), substr($word, 1));
    return undef if $kind eq 'n';
    return $kind eq 't' if $kind eq 't' || $kind eq 'f';
    return text_of($word) if $kind eq 's';
    return 0 + $rest if $kind eq 'i' || $kind eq 'd';
    return [map { read_value($words) } 1 .. $rest] if $kind ne 'm';
    my %map;
    for (1 .. $rest) {
        my $key = read_value($words);
        $map{$key} = read_value($words);
    }
    return \%map;
}

# Each of these is given a value, its declared type, and how deep it lies.

sub words_of {
    my ($value, $type, $depth) = @_;
    die "nested deeper than $MAX_DEPTH levels\n" if $depth > $MAX_DEPTH;
    return $WRITERS{$type->[0]}->($value, $type, $depth);
}

sub any_words {
    my ($value, undef, $depth) = @_;
    return 'n' unless defined $value;
    return sequence('l', $value, ['list', ['any']], $depth) if UNIVERSAL::isa($value, 'ARRAY');
    return dict_words($value, ['dict', ['any'], ['any']], $depth) if UNIVERSAL::isa($value, 'HASH');
    return opaque_words($value) if ref $value;
    # A bitwise "and" with text is text, unless the other side was made as a number.
    my $is_number = !utf8::is_utf8($value) && length((my $text = '') & $value);
    return $is_number ? number_words($value) : hex_word($value);
}

sub opaque_words {
    my ($value) = @_;
    return 'o' . substr(hex_word(ref $value), 1) . ' ' . hex_word(substr "$value", 0, 200);
}

sub number_words {
    my ($value) = @_;
    return any_words(@_) if !defined $value || "$value" !~ $NUMBER;
    return "$value" =~ /\A[+-]?\d+\z/ ? "i$value" : 'd' . sprintf '%.17g', $value;
}

sub bool_words {
    my ($value) = @_;
    return any_words(@_) if ref $value eq 'ARRAY' || ref $value eq 'HASH';
    return $value ? 't' : 'f';
}

sub str_words {
    my ($value) = @_;
    return !defined $value || ref $value ? any_words(@_) : hex_word($value);
}

sub sequence {
    my ($kind, $value, $type, $depth) = @_;
    return any_words($value, $type, $depth) if !UNIVERSAL::isa($value, 'ARRAY');
    my (undef, @types) = @$type;
    @types = ($types[0]) x @$value if $kind ne 'p';
    my @words = map { words_of($value->[$_], $types[$_] || ['any'], $depth + 1) } 0 .. $#$value;
    return join ' ', $kind . @$value, @words;
}

sub set_words {
    my ($value, $type, $depth) = @_;
    return sequence('h', [keys %$value], $type, $depth) if UNIVERSAL::isa($value, 'HASH');
    return sequence('h', $value, $type, $depth);
}

sub dict_words {
    my ($value, $type, $depth) = @_;
    return any_words($value, $type, $depth) if !UNIVERSAL::isa($value, 'HASH');
    my @words = 'm' . keys %$value;
    for my $key (keys %$value) {
        push @words, words_of($key, $type->[1], $depth + 1);
        push @words, words_of($value->{$key}, $type->[2], $depth + 1);
    }
    return join ' ', @words;
}

# Find a function by its name, in whatever package the answer put it.
sub find {
    my ($name) = @_;
    my ($package) = grep { defined &{"main::$_$name"} } '', grep { /::\z/ } sort keys %main::;
    return defined $package ? \&{"main::$package$name"} : undef;
}

sub failure {
    my ($error) = @_;
    reply('e', hex_word(ref $error || 'die'), hex_word(substr "$error", 0, 1000));
}

sub call {
    my ($name, $arguments, $returns) = @_;
    my $function = find($name) or return reply('x');
    my $value;
    eval { $value = $function->(@$arguments); 1 } or return failure($@);
    flush_handle(*STDOUT);
    my $words;
    eval { $words = words_of($value, $returns, 0); 1 } or return reply('u', hex_word($@));
    reply('v', $words);
}

sub next_line {
    local $/ = "\n";
    return readline $calls;
}

sub serve {
    my $returns = do './returns.pl';
    do './solution.pl';
    if ($@) {
        return $is_running ? failure($@) : reply('k', hex_word("$@"));
    }
    flush_handle(*STDOUT);
    reply('r');
    while (defined(my $line = next_line())) {
        my ($name, @words) = split / /, substr $line, 0, -1;
        call(text_of($name), read_value(\@words), $returns);
    }
}

serve();
