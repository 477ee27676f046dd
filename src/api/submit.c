/* api/submit.c -- settings and the machine, for programs that start jobs.  Stands on base alone: a launcher needs neither MPI nor HDF5. */
#include "brasa/submit.h"

#include <stddef.h>

#include "base/config.h"
#include "base/machine.h"

const char *brasa_setting_key(int32_t i)
{
    return i >= 0 && i < brasa__setting_count() ? brasa__setting_key((brasa_setting)i) : NULL;
}

const char *brasa_setting_doc(int32_t i)
{
    return i >= 0 && i < brasa__setting_count() ? brasa__setting_doc((brasa_setting)i) : NULL;
}

brasa_status brasa_setting_check(const char *key, const char *value, brasa_error *err)
{
    if (key == NULL || value == NULL) return brasa__fail(err, BRASA_INVALID, "the %s of a setting is NULL", key == NULL ? "name" : "value");
    brasa_config *c = brasa__config_new();
    brasa_status  status = brasa__config_set(c, key, value, err);

    brasa__config_free(c);
    return status;
}

brasa_machine brasa_machine_here(void)
{
    brasa_machine_size m = brasa__machine_look("");

    return (brasa_machine) {.cores = m.cores, .domains = m.domains, .memory = m.memory};
}
