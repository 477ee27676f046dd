/* infer.c -- the narrowest type that every text of a column fits.
 *
 * Stricter than a cast: dates must be written yyyy-mm-dd and booleans true or false, so that a column of years is numbers and one of
 * single letters is text.
 */
#include "storage/infer.h"

#include <strings.h>

#include "data/type.h"
#include "data/value.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool date_shape(const char *s, size_t n)
{
    static const char shape[] = "dddd-dd-dd";

    if (n < 10) return false;
    for (size_t i = 0; i < 10; i++)
        if (shape[i] == 'd' ? !is_digit(s[i]) : s[i] != '-') return false;
    return true;
}

static bool integer_shape(const char *s, size_t n)
{
    size_t i = n != 0 && (s[0] == '-' || s[0] == '+') ? 1 : 0;

    if (i == n || n - i > 38) return false;
    for (; i < n; i++)
        if (!is_digit(s[i])) return false;
    return true;
}

static bool word(const char *s, size_t n, const char *w, size_t len)
{
    return n == len && strncasecmp(s, w, n) == 0;
}

static uint32_t fits_number(const char *s, size_t n)
{
    int64_t i;
    double  f;

    if (integer_shape(s, n)) return BRASA_INFER_HUGE | BRASA_INFER_FLOAT | (brasa__parse_i64(s, n, &i) ? BRASA_INFER_INT : 0);
    return brasa__parse_f64(s, n, &f) ? BRASA_INFER_FLOAT : 0;
}

static uint32_t fits(const char *s, size_t n)
{
    int32_t days;
    int64_t us;

    if (date_shape(s, n)) {
        if (n == 10) return brasa__parse_date(s, n, &days) ? BRASA_INFER_DATE | BRASA_INFER_TIMESTAMP : 0;
        return n >= 16 && (s[10] == ' ' || s[10] == 'T') && brasa__parse_timestamp(s, n, &us) ? BRASA_INFER_TIMESTAMP : 0;
    }
    if (word(s, n, "true", 4) || word(s, n, "false", 5)) return BRASA_INFER_BOOL;
    return fits_number(s, n);
}

uint32_t brasa__infer_add(uint32_t could_be, const char *text, size_t n)
{
    if ((could_be & BRASA_INFER_ANY) == 0) return could_be;
    while (n != 0 && (text[0] == ' ' || text[0] == '\t')) {
        text++;
        n--;
    }
    while (n != 0 && (text[n - 1] == ' ' || text[n - 1] == '\t')) n--;
    return (could_be & fits(text, n)) | BRASA_INFER_SEEN;
}

brasa_type brasa__infer_type(uint32_t could_be)
{
    if ((could_be & BRASA_INFER_SEEN) == 0) return brasa__type(BRASA_KIND_STRING);
    if ((could_be & BRASA_INFER_BOOL) != 0) return brasa__type(BRASA_KIND_BOOL);
    if ((could_be & BRASA_INFER_INT) != 0) return brasa__type(BRASA_KIND_INT64);
    if ((could_be & BRASA_INFER_HUGE) != 0) return brasa__type_decimal(38, 0);
    if ((could_be & BRASA_INFER_FLOAT) != 0) return brasa__type(BRASA_KIND_FLOAT64);
    if ((could_be & BRASA_INFER_DATE) != 0) return brasa__type(BRASA_KIND_DATE);
    if ((could_be & BRASA_INFER_TIMESTAMP) != 0) return brasa__type(brasa__timestamp_kind());
    return brasa__type(BRASA_KIND_STRING);
}
