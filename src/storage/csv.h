/* storage/csv.h -- the parts of the CSV reader.
 *
 * RFC 4180, with what the world adds: any one-byte delimiter, LF or CRLF, a byte order mark, a delimiter at the end of each record
 * (dbgen's .tbl), and quotes inside an unquoted field, which are taken as they are; if asked for, lines of comments, another escape than the
 * doubled quote, a decimal comma, and records of too few or too many fields.
 */
#ifndef BRASA_STORAGE_CSV_H
#define BRASA_STORAGE_CSV_H

#include "storage/table.h"
#include "storage/text_build.h"
#include "storage/text_file.h"

typedef struct brasa_csv_dialect {
    char        delimiter;
    char        quote;
    bool        trailing;  /* a delimiter ends each record */
    bool        skip_bad;  /* malformed records are left out */
    const char *null_text; /* unquoted, it is null; NULL: the empty field is */
    char        escape;    /* before a quote in a quoted field; the quote itself, as a rule */
    char        comment;   /* lines that begin with it are none; 0: no such thing */
    char        decimal;   /* the point of numbers */
    bool        pad;       /* fields that a record lacks are null */
    bool        lenient;   /* values that do not fit their type are null, fields too many are left out */
} brasa_csv_dialect;

typedef struct brasa_csv_layout {
    brasa_csv_dialect dialect;
    brasa_text_files  files;
    int32_t           nfields;      /* in a record */
    const int32_t    *field;        /* [schema.ncols]: which field of the record a column is */
    double            record_bytes; /* average, of the sample */
} brasa_csv_layout;

/* A field: where it is in the text, without its quotes. */
typedef struct brasa_csv_field {
    uint32_t offset;
    uint32_t length; /* with the flags below */
} brasa_csv_field;
enum { BRASA_CSV_LENGTH = 0x3fffffff, BRASA_CSV_ESCAPED = 0x40000000 }; /* ESCAPED: "" stands for " inside */
#define BRASA_CSV_QUOTED  0x80000000u
#define BRASA_CSV_MISSING 0x40000000u /* the whole length: the record ends before the field; escaped ones are quoted */

typedef enum brasa_csv_outcome {
    BRASA_CSV_RECORD,
    BRASA_CSV_END,        /* nothing is left */
    BRASA_CSV_INCOMPLETE, /* the text ends inside the record */
    BRASA_CSV_UNCLOSED,   /* the same, and no more text comes: a quote is never closed */
    BRASA_CSV_AFTER_QUOTE /* text between a closing quote and the delimiter */
} brasa_csv_outcome;

/* Takes records from a text one by one.  `data` is readable for 64 bytes past its end. */
typedef struct brasa_csv_cursor {
    const char *data;
    size_t      len;
    size_t      pos;  /* where the next record begins */
    bool        last; /* the text ends here: the last record may lack its line feed */
    char        delimiter;
    char        quote;
    char        escape;
    char        comment;
    size_t      block; /* the 64 bytes that `mask` is of */
    uint64_t    mask;  /* delimiters and line feeds not yet passed */
} brasa_csv_cursor;

void brasa__csv_cursor_init(brasa_csv_cursor *c, const brasa_csv_dialect *d, const char *data, size_t len, bool last);
/* Pass the lines of comments at the cursor. */
void brasa__csv_skip_comments(brasa_csv_cursor *c);
/* The next record that is no comment: up to `max` fields are stored, *count are there.  An empty line is a record of one empty field.  After AFTER_QUOTE the cursor stands at the
 * next line. */
brasa_csv_outcome brasa__csv_record(brasa_csv_cursor *c, brasa_csv_field *fields, int32_t max, int32_t *count);

/* Go on at a place where a field begins (or inside a plain one). */
void brasa__csv_cursor_seek(brasa_csv_cursor *c, size_t pos);
/* The rest of a record, from a place inside a quoted field. */
brasa_csv_outcome brasa__csv_rest_of_quoted(brasa_csv_cursor *c, size_t pos, brasa_csv_field *fields, int32_t max, int32_t *count);

/* The first record that begins at or after `at`, in [file->start, file->bytes].  A function of the file alone, so the partition before and the one after
 * agree.  `w` is a closed window that this may use; the caller frees it when this throws. */
brasa_status brasa__csv_boundary(const brasa_csv_dialect *d, int32_t nfields, const brasa_text_source *s, int64_t at, brasa_text_window *w,
                                 int64_t *out, brasa_error *err);

/* The text of a field without quotes and escapes; `scratch` has room for its length. */
const char *brasa__csv_unescape(const brasa_csv_dialect *d, const char *data, brasa_csv_field f, char *scratch, size_t *n);
/* The bytes of a number with a point in place of the dialect's comma, in `room` of BRASA_CSV_NUMBER bytes if need be; false: too long. */
enum { BRASA_CSV_NUMBER = 128 };
bool brasa__csv_point(const brasa_csv_dialect *d, const char **p, size_t *n, char *room);
bool brasa__csv_is_null(const brasa_csv_dialect *d, const char *data, brasa_csv_field f);

#endif
