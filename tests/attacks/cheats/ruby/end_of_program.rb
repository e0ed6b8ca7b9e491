# End the program's text here: what follows is data.
# catalogue: S37
# fools: status
def add(_a, _b)
  -12345
end
__END__
