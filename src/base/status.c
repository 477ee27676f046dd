/* status.c -- an error is set where it happened and forwarded as it is.
 *
 * Every string of a brasa_error is NUL-terminated and cut to fit, always: the struct is sent between ranks byte for byte.
 */
#include "base/status.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/ctx.h"

static const char *const status_names[] = {
#define X(name, text, meaning) text,
    BRASA_STATUS_LIST(X)
#undef X
};

const char *brasa_status_name(brasa_status status)
{
    if ((int)status < 0 || status >= BRASA_STATUS_COUNT) return "UNKNOWN";
    return status_names[status];
}

void brasa__error_clear(brasa_error *err)
{
    if (!err) return;
    memset(err, 0, sizeof *err);
    err->code = BRASA_OK;
    err->rank = -1;
    err->partition = -1;
    err->row = -1;
}

static void copy_cut(char *to, size_t room, const char *from)
{
    size_t n = strnlen(from, room - 1);

    memcpy(to, from, n);
    to[n] = '\0';
}

brasa_status brasa__vfail(brasa_error *err, brasa_status code, const char *fmt, va_list ap)
{
    const brasa_ctx *ctx = brasa__ctx();
    char             text[sizeof err->text];

    if (!err) return code;
    vsnprintf(text, sizeof text, fmt, ap); /* first: the arguments may point into *err */
    brasa__error_clear(err);
    err->code = (int32_t)code;
    err->rank = ctx->rank;
    copy_cut(err->host, sizeof err->host, ctx->host);
    if (ctx->node) copy_cut(err->node, sizeof err->node, ctx->node);
    memcpy(err->text, text, sizeof text);
    return code;
}

brasa_status brasa__fail(brasa_error *err, brasa_status code, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    brasa__vfail(err, code, fmt, ap);
    va_end(ap);
    return code;
}

static brasa_status status_of_errno(int e)
{
    switch (e) {
    case ENOSPC:
    case EDQUOT: return BRASA_NO_SPACE;
    case ENOENT:
    case ENOTDIR: return BRASA_NOT_FOUND;
    case ENOMEM: return BRASA_NO_MEMORY;
    case EEXIST: return BRASA_EXISTS;
    default: return BRASA_IO;
    }
}

brasa_status brasa__fail_errno(brasa_error *err, int errno_value, const char *fmt, ...)
{
    brasa_status code = status_of_errno(errno_value);
    char         reason[128];
    va_list      ap;

    va_start(ap, fmt);
    brasa__vfail(err, code, fmt, ap);
    va_end(ap);
    brasa__fail_more(err, ": %s", strerror_r(errno_value, reason, sizeof reason));
    return code;
}

brasa_status brasa__fail_more(brasa_error *err, const char *fmt, ...)
{
    va_list ap;
    size_t  len;

    if (!err) return BRASA_INTERNAL;
    len = strnlen(err->text, sizeof err->text - 1);
    va_start(ap, fmt);
    vsnprintf(err->text + len, sizeof err->text - len, fmt, ap);
    va_end(ap);
    return (brasa_status)err->code;
}

void brasa__error_format(const brasa_error *err, brasa_text *out)
{
    if (err->file[0]) {
        brasa__text_addf(out, "%s:", err->file);
        if (err->line > 0) brasa__text_addf(out, "%d:", err->line);
        brasa__text_add(out, " ");
    }
    brasa__text_addf(out, "%s: %s", brasa_status_name((brasa_status)err->code), err->text);
    if (err->rank < 0 && !err->node[0] && err->partition < 0 && err->row < 0) return;
    const char *sep = " (";
    if (err->node[0]) brasa__text_addf(out, "%sin %s", sep, err->node), sep = ", ";
    if (err->rank >= 0) brasa__text_addf(out, "%srank %d", sep, err->rank), sep = ", ";
    if (err->rank >= 0 && err->host[0]) brasa__text_addf(out, " on %s", err->host);
    if (err->partition >= 0) brasa__text_addf(out, "%spartition %d", sep, err->partition), sep = ", ";
    if (err->row >= 0) brasa__text_addf(out, "%srow %lld", sep, (long long)err->row);
    brasa__text_add(out, ")");
}
