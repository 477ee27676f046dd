/* status.h -- what a call returns, and what an error says.
 *
 * Every function that can fail returns a brasa_status and, inside the library, takes a brasa_error * last.
 * The error is set where the failure happened and forwarded as it is.  It has a fixed size and holds no
 * pointers, so it travels between ranks byte for byte.
 */
#ifndef BRASA_STATUS_H
#define BRASA_STATUS_H

#include <stdint.h>

/* One row per class of error: enumerator, name as printed, what it means. */
#define BRASA_STATUS_LIST(X)                                                               \
    X(OK, "OK", "no error")                                                                \
    X(INVALID, "INVALID", "an argument, option or key that makes no sense")                \
    X(SYNTAX, "SYNTAX", "text that does not parse")                                        \
    X(NOT_FOUND, "NOT_FOUND", "a file, table, column or function that does not exist")     \
    X(EXISTS, "EXISTS", "an output that is there already")                                 \
    X(TYPE, "TYPE", "a type that does not fit")                                            \
    X(ARITHMETIC, "ARITHMETIC", "overflow, division by zero, a cast that loses the value") \
    X(DATA, "DATA", "an input record that is malformed")                                   \
    X(CORRUPT, "CORRUPT", "a file or message that is damaged")                             \
    X(IO, "IO", "the operating system refused to read or write")                           \
    X(NO_SPACE, "NO_SPACE", "the disk is full or over quota")                              \
    X(NO_MEMORY, "NO_MEMORY", "over the memory budget, or the system has no more")         \
    X(UNSUPPORTED, "UNSUPPORTED", "a thing that Brasa does not do")                        \
    X(UDF, "UDF", "a user's function failed")                                              \
    X(TIMEOUT, "TIMEOUT", "a deadline passed without progress")                            \
    X(PEER, "PEER", "another rank died or disagrees")                                      \
    X(CANCELLED, "CANCELLED", "the job was told to stop")                                  \
    X(INTERNAL, "INTERNAL", "a defect in Brasa")

typedef enum brasa_status {
#define X(name, text, meaning) BRASA_##name,
    BRASA_STATUS_LIST(X)
#undef X
        BRASA_STATUS_COUNT
} brasa_status;

/* An error as it was set at its origin.  Strings are NUL-terminated and cut to fit. */
typedef struct brasa_error {
    int32_t code;       /* a brasa_status */
    int32_t rank;       /* where it happened; -1 unknown */
    int32_t line;       /* line of the user's call; 0 unknown */
    int32_t partition;  /* -1 unknown */
    int64_t row;        /* row within the partition or file; -1 unknown */
    char    host[64];   /* host of the rank */
    char    file[128];  /* source file of the user's call */
    char    node[96];   /* plan node or operator */
    char    text[1024]; /* thing, value and remedy */
} brasa_error;

/* The printed name of a status, e.g. "NOT_FOUND".  Any thread; static storage. */
const char *brasa_status_name(brasa_status status);

#endif
