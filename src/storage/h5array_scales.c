/* h5array_scales.c -- the attributes CLASS, NAME, DIMENSION_LIST and REFERENCE_LIST of the dimension scales specification (HDF5 1.10). */
#include "storage/h5array_scales.h"

#include <string.h>

/* Text of a fixed length with its zero, as the specification wants it. */
static brasa_status put_fixed(brasa_h5 *h, hid_t obj, const char *name, const char *text, brasa_error *err)
{
    hid_t type = BRASA_H5(h, H5Tcopy(H5T_C_S1));
    hid_t space = BRASA_H5(h, H5Screate(H5S_SCALAR));
    hid_t attr;

    H5Tset_size(type, strlen(text) + 1);
    attr = BRASA_H5(h, H5Acreate2(obj, name, type, space, H5P_DEFAULT, H5P_DEFAULT));
    if (attr < 0 || H5Awrite(attr, type, text) < 0) return brasa__h5_fail(err, BRASA_IO, "cannot write attribute %s", name);
    return BRASA_OK;
}

brasa_status brasa__h5_make_scale(brasa_h5 *h, hid_t dset, const char *name, int32_t id, brasa_error *err)
{
    hid_t space = BRASA_H5(h, H5Screate(H5S_SCALAR));
    hid_t attr = BRASA_H5(h, H5Acreate2(dset, "_Netcdf4Dimid", H5T_STD_I32LE, space, H5P_DEFAULT, H5P_DEFAULT));

    if (attr < 0 || H5Awrite(attr, H5T_NATIVE_INT32, &id) < 0) return brasa__h5_fail(err, BRASA_IO, "cannot write a dimension's number");
    BRASA_TRY(put_fixed(h, dset, "CLASS", "DIMENSION_SCALE", err));
    return put_fixed(h, dset, "NAME", name, err);
}

static brasa_status put_list(brasa_h5 *h, hid_t group, const char *array, hobj_ref_t *refs, int32_t n, brasa_error *err)
{
    hvl_t  *each = BRASA_NEWS(h->arena, hvl_t, n + 1);
    hsize_t dims = (hsize_t)n;
    hid_t   dset = BRASA_H5(h, H5Dopen2(group, array, H5P_DEFAULT));
    hid_t   type = BRASA_H5(h, H5Tvlen_create(H5T_STD_REF_OBJ));
    hid_t   space = BRASA_H5(h, H5Screate_simple(1, &dims, NULL));
    hid_t   attr = BRASA_H5(h, H5Acreate2(dset, "DIMENSION_LIST", type, space, H5P_DEFAULT, H5P_DEFAULT));

    for (int32_t i = 0; i < n; i++) each[i] = (hvl_t) {.len = 1, .p = &refs[i]};
    if (attr < 0 || H5Awrite(attr, type, each) < 0) return brasa__h5_fail(err, BRASA_IO, "cannot write the dimensions of %s", array);
    return BRASA_OK;
}

typedef struct {
    hobj_ref_t ref;
    int32_t    dimension;
} user;

static brasa_status put_users(brasa_h5 *h, hid_t group, const char *scale, const user *users, int32_t n, brasa_error *err)
{
    hsize_t dims = (hsize_t)n;
    hid_t   dset = BRASA_H5(h, H5Dopen2(group, scale, H5P_DEFAULT));
    hid_t   type = BRASA_H5(h, H5Tcreate(H5T_COMPOUND, sizeof(user)));
    hid_t   space = BRASA_H5(h, H5Screate_simple(1, &dims, NULL));
    hid_t   attr;

    H5Tinsert(type, "dataset", offsetof(user, ref), H5T_STD_REF_OBJ);
    H5Tinsert(type, "dimension", offsetof(user, dimension), H5T_NATIVE_INT32);
    attr = BRASA_H5(h, H5Acreate2(dset, "REFERENCE_LIST", type, space, H5P_DEFAULT, H5P_DEFAULT));
    if (attr < 0 || H5Awrite(attr, type, users) < 0) return brasa__h5_fail(err, BRASA_IO, "cannot write the arrays of %s", scale);
    return BRASA_OK;
}

brasa_status brasa__h5_attach_scales(brasa_h5 *h, hid_t group, const char *const *arrays, int32_t narrays, const char *const *scales,
                                     int32_t nscales, brasa_error *err)
{
    hobj_ref_t *to = BRASA_NEWS(h->arena, hobj_ref_t, nscales + 1);
    user       *users = BRASA_NEWS(h->arena, user, narrays + 1);

    for (int32_t i = 0; i < nscales; i++)
        if (H5Rcreate(&to[i], group, scales[i], H5R_OBJECT, -1) < 0)
            return brasa__h5_fail(err, BRASA_IO, "cannot refer to dimension %s", scales[i]);
    for (int32_t i = 0; i < narrays; i++) BRASA_TRY(put_list(h, group, arrays[i], to, nscales, err));
    for (int32_t k = 0; k < nscales; k++) {
        for (int32_t i = 0; i < narrays; i++) {
            users[i] = (user) {.dimension = k};
            if (H5Rcreate(&users[i].ref, group, arrays[i], H5R_OBJECT, -1) < 0)
                return brasa__h5_fail(err, BRASA_IO, "cannot refer to array %s", arrays[i]);
        }
        BRASA_TRY(put_users(h, group, scales[k], users, narrays, err));
    }
    return BRASA_OK;
}
