/* data/collation.h -- how texts compare, as part of their type: in `scale` of a STRING, 0 for bytes.
 *
 * A name is a base (UTF8_LCASE, UNICODE, a language as DE) and what makes no difference: _CI case, _AI accents, _RTRIM blanks at the end.  The mark
 * `explicit` (in `precision`) is on what COLLATE was said of: it wins over what a column says, and
 * that over literals of a statement with a DEFAULT COLLATION (weak).  Types that differ in it are equal: values lie alike.
 */
#ifndef BRASA_DATA_COLLATION_H
#define BRASA_DATA_COLLATION_H

#include "data/type.h"

enum { BRASA_COLLATION_BYTES = 0, BRASA_COLLATION_RTRIM = 4, BRASA_COLLATION_LCASE = 8 };
enum { BRASA_STRING_CHAR = 1, BRASA_STRING_EXPLICIT = 2, BRASA_STRING_WEAK = 4 }; /* bits of a STRING's precision */

/* false: no collation that columns can have. */
bool brasa__collation_find(const char *name, size_t n, uint8_t *out);
/* "UTF8_LCASE_RTRIM", "de_CI" */
void brasa__collation_name(uint8_t id, brasa_text *out);

static inline bool brasa__type_is_collated(brasa_type t)
{
    return t.kind == BRASA_KIND_STRING && (t.scale != 0 || (t.precision & BRASA_STRING_EXPLICIT) != 0);
}
/* A STRING, or a list of them, that is collated. */
static inline bool brasa__type_has_collation(brasa_type t)
{
    return brasa__type_is_collated(t) || (t.kind == BRASA_KIND_LIST && brasa__type_is_collated(t.fields[0].type));
}
/* Of two STRINGs: an explicit one wins, then one that is not bytes; false: neither. */
bool brasa__collation_merge(brasa_type *a, brasa_type b);

#endif
