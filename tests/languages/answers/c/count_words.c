#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define max(a, b) ((a) > (b) ? (a) : (b))

typedef struct { char *key; long long value; } StringIntEntry;
typedef struct { StringIntEntry *items; size_t count; } StringIntMap;

static void count_one(StringIntMap *counts, const char *word) {
    for (size_t i = 0; i < counts->count; i++) {
        if (strcmp(counts->items[i].key, word) == 0) {
            counts->items[i].value++;
            return;
        }
    }
    counts->items = realloc(counts->items, max(counts->count + 1, 8) * sizeof *counts->items);
    counts->items[counts->count++] = (StringIntEntry){strdup(word), 1};
}

StringIntMap count_words(const char *text) {
    StringIntMap counts = {NULL, 0};
    char *copy = strdup(text);
    for (char *word = strtok(copy, " "); word; word = strtok(NULL, " ")) count_one(&counts, word);
    free(copy);
    return counts;
}

int main(void) {
    printf("%zu\n", count_words("a b a").count);
    return 0;
}
