unittest
{
    assert(root(9) == 3.0);
    assert(root(4) == 2.0);
}

void main()
{
}
