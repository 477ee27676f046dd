/* sql/lex_params.c -- parameters that have names: ":name" becomes "$2" where the second of the names given is meant. */
#include <string.h>
#include <strings.h>

#include "base/config.h"
#include "sql/lex_inner.h"

brasa_status brasa__lex_named(brasa_arena *arena, const char *text, const char *const *names, int32_t n, const char **out, brasa_error *err)
{
    lexer   x = {.s = text, .n = (int32_t)strlen(text), .arena = arena, .err = err, .escapes = lex_has_escapes()};
    token   t, name;
    int32_t copied = 0;

    brasa__text_init(&x.out, arena);
    for (int32_t at = 0;; at = t.to) {
        BRASA_TRY(lex_next(&x, at, &t));
        if (t.kind == T_END) break;
        if (!lex_is_char(&x, &t, ':') || text[t.to] == ':' || (t.from > 0 && (text[t.from - 1] == ':' || lex_name_part(text[t.from - 1]))))
            continue;
        BRASA_TRY(lex_next(&x, t.to, &name));
        for (int32_t i = 0; i < n && name.kind == T_NAME && name.from == t.to; i++) {
            if (names[i] == NULL || !lex_is_word(&x, &name, names[i])) continue;
            brasa__text_add_n(&x.out, text + copied, (size_t)(t.from - copied));
            brasa__text_addf(&x.out, "$%d", (int)i + 1);
            copied = name.to;
            t = name;
            break;
        }
    }
    brasa__text_add(&x.out, text + copied);
    *out = x.out.s;
    return BRASA_OK;
}
