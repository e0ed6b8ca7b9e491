<?php
// Serve calls of a PHP answer; the format of a line is that of grading/wire.py.
//
// In a namespace of its own, so that what the answer defines is out of its way. An array
// is a list, a tuple, a set or a map: the declared type of the returned value says which.
namespace LLMBench;

const MAX_DEPTH = 100;
const ANY = ['any'];
const NUMBERS = ['nan' => NAN, 'inf' => INF, '-inf' => -INF];

final class Unsendable extends \Exception {}

final class Words
{
    private int $at = 0;

    public function __construct(private array $words) {}

    public function value(): mixed
    {
        $word = $this->words[$this->at++];
        $rest = \substr($word, 1);
        switch ($word[0]) {
            case 'n':
                return null;
            case 't':
            case 'f':
                return $word === 't';
            case 'i':
                return (int) $rest;
            case 'd':
                return NUMBERS[$rest] ?? (float) $rest;
            case 's':
                return \hex2bin($rest);
            case 'm':
                $map = [];
                for ($left = (int) $rest; $left > 0; $left--) {
                    $key = $this->value();
                    $map[$key] = $this->value();
                }
                return $map;
        }
        $items = [];
        for ($left = (int) $rest; $left > 0; $left--) {
            $items[] = $this->value();
        }
        return $items;
    }
}

function hex(string $text): string
{
    // By way of JSON: that is the one replacement of invalid bytes that needs no extension.
    if (\preg_match('//u', $text) !== 1) {
        $text = \json_decode(\json_encode($text, JSON_INVALID_UTF8_SUBSTITUTE));
    }
    return 's' . \bin2hex($text);
}

function opaque(string $type, string $text): string
{
    return 'o' . \bin2hex($type) . ' ' . hex(\substr($text, 0, 200));
}

function write(mixed $value, array $type, int $depth = 0): string
{
    if ($depth > MAX_DEPTH) {
        throw new Unsendable('nested deeper than ' . MAX_DEPTH . ' levels');
    }
    if ($type[0] === 'optional' && $value !== null) {
        $type = $type[1];
    }
    return match (true) {
        $value === null => 'n',
        \is_bool($value) => $value ? 't' : 'f',
        // A key of an array that reads like an integer has become one.
        \is_int($value) => $type[0] === 'str' ? hex((string) $value) : "i$value",
        \is_float($value) => 'd' . \var_export($value, true),
        \is_string($value) => hex($value),
        \is_array($value) => write_array($value, $type, $depth),
        $value instanceof \stdClass && $type[0] === 'dict' => map((array) $value, $type, $depth),
        \is_object($value) => opaque(\get_class($value), \print_r($value, true)),
        default => opaque(\gettype($value), ''),
    };
}

function write_array(array $value, array $type, int $depth): string
{
    if ($type[0] === 'dict') {
        return map($value, $type, $depth);
    }
    if ($type[0] === 'set') {
        $items = is_keyed_set($value, $type) ? \array_keys($value) : $value;
        return sequence('h', $items, $type, $depth);
    }
    if (!\array_is_list($value)) {
        return map($value, ['dict', ANY, ANY], $depth);
    }
    return sequence($type[0] === 'tuple' ? 'p' : 'l', $value, $type, $depth);
}

/** The items of a set may also be keys whose values are all true. */
function is_keyed_set(array $value, array $type): bool
{
    return $type[1][0] !== 'bool' && !\array_filter($value, fn($item) => $item !== true);
}

function sequence(string $kind, array $items, array $type, int $depth): string
{
    $words = $kind . \count($items);
    $index = 1;
    foreach ($items as $item) {
        $words .= ' ' . write($item, $type[$index] ?? ANY, $depth + 1);
        $index += $kind === 'p' ? 1 : 0;
    }
    return $words;
}

function map(array $items, array $type, int $depth): string
{
    $words = 'm' . \count($items);
    foreach ($items as $key => $item) {
        $words .= ' ' . write($key, $type[1], $depth + 1);
        $words .= ' ' . write($item, $type[2], $depth + 1);
    }
    return $words;
}

final class Driver
{
    private static mixed $calls;
    private static mixed $replies;
    private static bool $is_loading = true;

    public static function open(): void
    {
        self::$calls = \fopen('php://fd/3', 'rb');
        self::$replies = \fopen('php://fd/4', 'wb');
        // Some errors cannot be caught: they end the program, and this is called last.
        \register_shutdown_function(self::tell_last_error(...));
    }

    private static function say(string ...$words): void
    {
        \fwrite(self::$replies, \implode(' ', $words) . "\n");
    }

    private static function tell_last_error(): void
    {
        $error = \error_get_last();
        if ($error === null || !($error['type'] & (E_ERROR | E_PARSE | E_COMPILE_ERROR))) {
            return;
        }
        \ini_set('memory_limit', '-1');
        $message = "{$error['message']}\n" . \basename($error['file']) . ":{$error['line']}";
        if (\preg_match('/^(?:Allowed memory size|Out of memory)/', $message)) {
            self::say('e', hex('MemoryError'), hex($message));
        } elseif (self::$is_loading && $error['type'] !== E_ERROR) {
            self::say('k', hex($message));
        } else {
            self::say('e', hex('Fatal error'), hex(\substr($message, 0, 1000)));
        }
    }

    public static function failed(\Throwable $error): void
    {
        $place = \basename($error->getFile()) . ":{$error->getLine()}";
        $message = \substr($error->getMessage(), 0, 1000) . "\n$place";
        if (self::$is_loading && $error instanceof \CompileError) {
            self::say('k', hex($message));
        } else {
            self::say('e', hex(\get_class($error)), hex($message));
        }
    }

    public static function serve(array $returns): void
    {
        self::$is_loading = false;
        self::say('r');
        while (($line = \fgets(self::$calls)) !== false) {
            $words = new Words(\explode(' ', \rtrim($line)));
            $name = self::find($words->value());
            $arguments = $words->value();
            if ($name === null) {
                self::say('x');
                continue;
            }
            try {
                $value = $name(...$arguments);
            } catch (\Throwable $error) {
                self::failed($error);
                continue;
            }
            try {
                self::say('v', write($value, $returns));
            } catch (Unsendable $error) {
                self::say('u', hex($error->getMessage()));
            }
        }
    }

    /** Find a function by its name, in whatever namespace the answer put it. */
    private static function find(string $name): ?string
    {
        if (\function_exists($name)) {
            return $name;
        }
        $ending = '\\' . \strtolower($name);
        foreach (\get_defined_functions()['user'] as $known) {
            if (\str_ends_with($known, $ending) && !\str_starts_with($known, 'llmbench\\')) {
                return $known;
            }
        }
        return null;
    }
}

// At the top level of a file, so that the answer's variables are global ones.
Driver::open();
try {
    include __DIR__ . '/solution.php';
} catch (\Throwable $error) {
    Driver::failed($error);
    exit(1);
}
Driver::serve(include __DIR__ . '/returns.php');
