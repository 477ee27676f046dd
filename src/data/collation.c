/* data/collation.c -- names of collations and their numbers: base * 8 + what makes no difference. */
#include "data/collation.h"

#include <string.h>
#include <strings.h>

enum { CI = 1, AI = 2, RTRIM = 4 };

/* At most 32. */
static const char *const bases[] = {"UTF8_BINARY", "UTF8_LCASE", "UNICODE", "ar", "bg", "cs", "da", "de", "el", "en", "es",
                                    "et",          "fi",         "fr",      "he", "hr", "hu", "it", "ja", "ko", "lt", "nl",
                                    "no",          "pl",         "pt",      "ro", "ru", "sk", "sr", "sv", "tr", "zh"};

static bool take_ending(const char *name, size_t *n, const char *ending)
{
    size_t m = strlen(ending);

    if (*n <= m || strncasecmp(name + *n - m, ending, m) != 0) return false;
    *n -= m;
    return true;
}

bool brasa__collation_find(const char *name, size_t n, uint8_t *out)
{
    static const struct {
        const char *text;
        uint8_t     flag;
    } endings[] = {{"_ci", CI}, {"_ai", AI}, {"_rtrim", RTRIM}, {"_cs", 0}, {"_as", 0}};
    uint8_t flags = 0;
    size_t  before;

    do {
        before = n;
        for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
            if (take_ending(name, &n, endings[i].text)) flags |= endings[i].flag;
    } while (n < before);
    if (n == 6 && strncasecmp(name, "nocase", n) == 0) name = bases[1], n = strlen(name);
    for (size_t i = 0; i < sizeof bases / sizeof *bases; i++) {
        if (strlen(bases[i]) != n || strncasecmp(bases[i], name, n) != 0 || (i < 2 && (flags & ~RTRIM) != 0)) continue;
        *out = (uint8_t)(i * 8 + flags);
        return true;
    }
    return false;
}

void brasa__collation_name(uint8_t id, brasa_text *out)
{
    brasa__text_addf(out, "%s%s%s%s", bases[id / 8], id & CI ? "_CI" : "", id & AI ? "_AI" : "", id & RTRIM ? "_RTRIM" : "");
}

bool brasa__collation_merge(brasa_type *a, brasa_type b)
{
    bool weak_a = (a->precision & BRASA_STRING_WEAK) != 0, weak_b = (b.precision & BRASA_STRING_WEAK) != 0;
    if (weak_a != weak_b && a->scale != 0 && (b.scale != 0 || (b.precision & BRASA_STRING_EXPLICIT) != 0)) {
        if (weak_a) *a = b;
        return true;
    }
    bool said_a = (a->precision & BRASA_STRING_EXPLICIT) != 0, said_b = (b.precision & BRASA_STRING_EXPLICIT) != 0;

    if (said_a == said_b && a->scale != b.scale && a->scale != 0 && b.scale != 0) return false;
    if (said_a && said_b && a->scale != b.scale) return false;
    if (said_a || (!said_b && a->scale != 0)) return true;
    a->scale = b.scale;
    uint8_t marks = BRASA_STRING_EXPLICIT | BRASA_STRING_WEAK;
    a->precision = (uint8_t)((a->precision & ~marks) | (b.precision & marks));
    return true;
}
