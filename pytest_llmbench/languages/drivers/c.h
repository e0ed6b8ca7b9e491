/* What the functions of a C answer are called with; drivers/c.c has the rest.
   Included before the answer, so that its macros change nothing here. */
#ifndef LLMBENCH_DRIVER
#define LLMBENCH_DRIVER

#include <stdbool.h>
#include <stddef.h>

/* The words of a call are read, and those of its reply written, from left to right. */
bool llmbench_read_truth(void);
long long llmbench_read_integer(void);
double llmbench_read_number(void);
char *llmbench_read_text(void);
size_t llmbench_read_count(void);
/* Whether the next word says that there is no value; it is gone if it does. */
bool llmbench_read_none(void);

void llmbench_write_none(void);
void llmbench_write_truth(bool value);
void llmbench_write_integer(long long value);
void llmbench_write_number(double value);
void llmbench_write_text(const char *value);
void llmbench_write_count(char kind, size_t count);

/* Memory that an answer may free, and never NULL. */
void *llmbench_new(size_t count, size_t size);

int llmbench_serve(void (*call)(void));

#endif
