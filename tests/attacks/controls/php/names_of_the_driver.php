<?php
// Uses the names that a driver could use for itself.
const MAX_DEPTH = 1;
const NUMBERS = [];
class Driver {}
class Words {}
class Unsendable {}
function hex() { return 'wrong'; }
function write() { return 'wrong'; }
function map() { return 'wrong'; }
function sequence() { return 'wrong'; }
function opaque() { return 'wrong'; }
function serve() { return 'wrong'; }
$calls = $replies = $name = $line = $words = $value = null;

function add($a, $b)
{
    return $a + $b;
}
