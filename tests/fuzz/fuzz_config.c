/* fuzz_config.c -- settings, fault lists and the wire form of a configuration from any bytes: an error or a value, no more. */
#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "base/fault.h"
#include "support/unit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    brasa_ctx   *ctx = brasa__ctx_new(0, 1);
    brasa_error  err;
    brasa_reader r = brasa__reader(data, size);

    brasa__ctx_set(ctx);
    brasa_arena *arena = brasa__arena_new(NULL, "fuzz");
    char        *text = brasa__arena_strndup(arena, (const char *)data, size);
    for (int32_t i = 0; i < brasa__setting_count(); i++) brasa__config_set(ctx->config, brasa__setting_key((brasa_setting)i), text, &err);
    char *value = strchr(text, '=');
    if (value) *value++ = '\0';
    brasa__config_set(ctx->config, text, value ? value : "", &err);
    if (value) brasa__faults_set(ctx->faults, value, &err);
    brasa__config_get(ctx->config, &r, &err);
    brasa__arena_free(arena);
    brasa__ctx_set(NULL);
    brasa__ctx_free(ctx);
    return 0;
}
