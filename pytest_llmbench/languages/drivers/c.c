/* Serve calls of a C answer; the format of a line is that of grading/wire.py. */
#include "driver.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static FILE *calls;
static char *at;

static char *reply;
static size_t length, room;

void *llmbench_new(size_t count, size_t size) {
    void *memory = calloc(count + 1, size);
    if (!memory) {
        fputs("Cannot allocate memory for an argument\n", stderr);
        _exit(1);
    }
    return memory;
}

static const char *next(void) {
    char *word = at;
    at += strcspn(at, " \n");
    if (*at) *at++ = 0;
    return word;
}

bool llmbench_read_truth(void) { return *next() == 't'; }

long long llmbench_read_integer(void) { return strtoll(next() + 1, NULL, 10); }

double llmbench_read_number(void) { return strtod(next() + 1, NULL); }

size_t llmbench_read_count(void) { return (size_t)llmbench_read_integer(); }

bool llmbench_read_none(void) { return *at == 'n' && next(); }

static int digit(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

char *llmbench_read_text(void) {
    const char *word = next() + 1;
    size_t size = strlen(word) / 2;
    char *text = llmbench_new(size, 1);
    for (size_t i = 0; i < size; i++)
        text[i] = (char)(digit(word[2 * i]) * 16 + digit(word[2 * i + 1]));
    return text;
}

static char *more(size_t size) {
    if (length + size > room) {
        room = 2 * (length + size);
        reply = realloc(reply, room);
        if (!reply) {
            fputs("Cannot allocate memory for a reply\n", stderr);
            _exit(1);
        }
    }
    char *place = reply + length;
    length += size;
    return place;
}

static void add(const char *word) {
    size_t size = strlen(word);
    memcpy(more(size), word, size);
}

void llmbench_write_none(void) { add(" n"); }

void llmbench_write_truth(bool value) { add(value ? " t" : " f"); }

void llmbench_write_integer(long long value) {
    char word[32];
    snprintf(word, sizeof word, " i%lld", value);
    add(word);
}

void llmbench_write_number(double value) {
    char word[64];
    if (isnan(value)) snprintf(word, sizeof word, " dnan");
    else if (isinf(value)) snprintf(word, sizeof word, " d%sinf", value > 0 ? "" : "-");
    else snprintf(word, sizeof word, " d%.17g", value);
    add(word);
}

void llmbench_write_text(const char *value) {
    static const char digits[] = "0123456789abcdef";
    if (!value) {
        add(" n");
        return;
    }
    add(" s");
    for (; *value; value++) {
        char *place = more(2);
        place[0] = digits[(unsigned char)*value >> 4];
        place[1] = digits[*value & 15];
    }
}

void llmbench_write_count(char kind, size_t count) {
    char word[32];
    snprintf(word, sizeof word, " %c%zu", kind, count);
    add(word);
}

static void say(const char *data, size_t size) {
    while (size) {
        ssize_t sent = write(4, data, size);
        if (sent <= 0) _exit(1);
        data += sent;
        size -= (size_t)sent;
    }
}

int llmbench_serve(void (*call)(void)) {
    char *line = NULL;
    size_t size = 0;
    calls = fdopen(3, "r");
    say("r\n", 2);
    while (getline(&line, &size, calls) > 0) {
        at = line;
        next(); /* the function's name: there is only one */
        next(); /* how many arguments */
        length = 0;
        add("v");
        call();
        fflush(stdout);
        add("\n");
        say(reply, length);
    }
    _exit(0);
}
