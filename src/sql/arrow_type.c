/* sql/arrow_type.c -- types as Arrow and DataFusion write them, in arrow_cast(x, 'List(Int64)'). */
#include <string.h>

#include "data/type.h"
#include "sql/from_pg.h"

static const char *const plain[][2] = {
    {"Boolean", "BOOLEAN"},
    {"Int8", "TINYINT"},
    {"Int16", "SMALLINT"},
    {"Int32", "INT"},
    {"Int64", "BIGINT"},
    {"UInt8", "SMALLINT"},
    {"UInt16", "INT"},
    {"UInt32", "BIGINT"},
    {"UInt64", "DECIMAL(20,0)"},
    {"Float16", "FLOAT"},
    {"Float32", "FLOAT"},
    {"Float64", "DOUBLE"},
    {"Utf8", "STRING"},
    {"LargeUtf8", "STRING"},
    {"Utf8View", "STRING"},
    {"Binary", "BINARY"},
    {"LargeBinary", "BINARY"},
    {"BinaryView", "BINARY"},
    {"Date32", "DATE"},
    {"Date64", "TIMESTAMP_NTZ"},
    {"Null", "VOID"},
    {"Interval(YearMonth)", "INTERVAL YEAR TO MONTH"},
    {"Interval(DayTime)", "INTERVAL DAY TO SECOND"},
    {"Interval(MonthDayNano)", "INTERVAL"},
};

/* Where the part of s ends that a comma or the closing parenthesis follows. */
static size_t part(const char *s)
{
    int    depth = 0;
    size_t n = 0;

    for (; s[n] != '\0'; n++) {
        if (depth == 0 && (s[n] == ',' || s[n] == ')')) return n;
        depth += (s[n] == '(' || s[n] == '{') - (s[n] == ')' || s[n] == '}');
    }
    return n;
}

static bool begins(const char *s, const char *word)
{
    return strncmp(s, word, strlen(word)) == 0;
}

/* The type s[0, n) in our words; false: there is none. */
static bool words_of(brasa_arena *arena, const char *s, size_t n, brasa_text *out)
{
    while (n > 0 && *s == ' ') s++, n--;
    while (n > 0 && s[n - 1] == ' ') n--;
    const char *open = memchr(s, '(', n), *inner = open == NULL ? NULL : open + 1;
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
        if (strlen(plain[i][0]) != n || strncmp(plain[i][0], s, n) != 0) continue;
        brasa__text_add(out, plain[i][1]);
        return true;
    }
    if (inner == NULL || s[n - 1] != ')') return false;
    size_t first = part(inner);
    if (begins(s, "Dictionary(")) return inner[first] == ',' && words_of(arena, inner + first + 1, part(inner + first + 1), out);
    if (begins(s, "FixedSizeBinary(")) return brasa__text_add(out, "BINARY"), true;
    if (begins(s, "Duration(")) return brasa__text_add(out, "INTERVAL DAY TO SECOND"), true;
    if (begins(s, "Decimal")) return brasa__text_addf(out, "DECIMAL(%.*s)", (int)(n - (size_t)(inner - s) - 1), inner), true;
    if (begins(s, "Timestamp(")) {
        const char *zone = strstr(s, "None");
        brasa__text_add(out, zone != NULL && zone < s + n ? "TIMESTAMP_NTZ" : "TIMESTAMP");
        return true;
    }
    bool fixed = begins(s, "FixedSizeList(");
    if (!fixed && !begins(s, "List(") && !begins(s, "LargeList(")) return false;
    if (fixed && *inner >= '0' && *inner <= '9') { /* its length comes first, or last */
        inner += first + 1;
        first = part(inner);
    }
    const char *field = strstr(inner, "data_type:");
    if (begins(inner, "Field") && field != NULL) {
        inner = field + strlen("data_type:");
        first = part(inner);
    }
    while (*inner == ' ') inner++, first--;
    if (begins(inner, "nullable ")) inner += strlen("nullable "), first -= strlen("nullable ");
    brasa__text_add(out, "ARRAY<");
    if (!words_of(arena, inner, first, out)) return false;
    brasa__text_add(out, ">");
    return true;
}

brasa_status brasa__sql_arrow_type(brasa_arena *arena, const char *text, brasa_type *out, brasa_error *err)
{
    brasa_text words;

    brasa__text_init(&words, arena);
    if (!words_of(arena, text, strlen(text), &words))
        return brasa__fail(err, BRASA_TYPE, "'%s' is not a type of Arrow that is known here; they are Int64, Utf8, List(Int64), ...", text);
    return brasa__type_parse(arena, words.s, out, err);
}
