/* mem/segment.h -- memory that processes of one host share.
 *
 * It has no name: it goes with the last process that holds it, however that ends.  Pages are backed on demand, before they are touched,
 * because a page that the system cannot give when it is touched ends the process.
 */
#ifndef BRASA_MEM_SEGMENT_H
#define BRASA_MEM_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct brasa_segment {
    char  *base; /* NULL: there is none */
    size_t bytes;
    int    fd;
} brasa_segment;

/* How others find it. */
typedef struct brasa_segment_name {
    int64_t  pid;
    uint64_t device, inode; /* another process of this number has another file */
    int64_t  fd;
} brasa_segment_name;

/* false, with errno: the system gives none. */
bool brasa__segment_new(brasa_segment *s, size_t bytes);
void brasa__segment_free(brasa_segment *s);
bool brasa__segment_name(const brasa_segment *s, brasa_segment_name *out);
/* Gives memory to [from, from + bytes).  Not touched before.  false: there is none left. */
bool brasa__segment_back(const brasa_segment *s, size_t from, size_t bytes);
/* The segment of another process (or of this one), to be read; NULL: it cannot be seen from here. */
const char *brasa__segment_map(const brasa_segment_name *name, size_t bytes);
void        brasa__segment_unmap(const char *base, size_t bytes);

#endif
