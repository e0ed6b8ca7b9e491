<?php

function test_root(): void
{
    if (root(4) !== 2.0) {
        throw new Exception("Test failed!");
    }
    assert(root(9) === 3.0);
    try {
        root(-1);
    } catch (InvalidArgumentException $error) {
        assert($error->getMessage() === "negative");
    }
}

test_root();
