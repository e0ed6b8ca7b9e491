#include <stdbool.h>
#include <stddef.h>

typedef struct { long long *items; size_t count; } IntList;
typedef struct { IntList *items; size_t count; } IntListList;
typedef struct { double *items; size_t count; } DoubleList;
typedef struct { char *key; DoubleList value; } StringDoubleListEntry;
typedef struct { StringDoubleListEntry *items; size_t count; } StringDoubleListMap;
typedef struct { bool has_value; long long value; } OptionalInt;
typedef struct { bool first; long long second; } BoolIntTuple;
typedef struct { char *first; BoolIntTuple second; } StringBoolIntTupleTuple;
typedef struct {
    IntListList first;
    StringDoubleListMap second;
    OptionalInt third;
    StringBoolIntTupleTuple fourth;
} Tuple1;

Tuple1 nested(IntListList rows, StringDoubleListMap names, OptionalInt maybe, StringBoolIntTupleTuple pair) {
    return (Tuple1){rows, names, maybe, pair};
}
