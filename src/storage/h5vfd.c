/* h5vfd.c -- HDF5's view of a file: reads and writes through io_*.
 *
 * A write that fails is remembered in the brasa_h5_file and reported to HDF5 as done: after an error the library is left with dirty
 * caches that crash it when it closes, so it must never see one.  The writer looks at `status` before it trusts the file.  Raw data goes
 * "aside": the library only chooses the place, and the thread that owns the bytes writes them there after it has left the lock.
 * Nothing here allocates: a throw must not unwind through the library.
 */
#include "storage/h5vfd.h"

#include <string.h>

#include "base/io.h"

static H5FD_t *vfd_open(const char *name, unsigned flags, hid_t fapl, haddr_t maxaddr)
{
    brasa_h5_file *const *info = H5Pget_driver_info(fapl);
    brasa_h5_file        *f = info == NULL ? NULL : *info;

    (void)name;
    (void)flags;
    (void)maxaddr;
    if (f == NULL || f->served) return NULL; /* a second file: one that the first names.  Not followed */
    f->served = true;
    return &f->pub;
}

static herr_t vfd_close(H5FD_t *file)
{
    ((brasa_h5_file *)file)->served = false; /* HDF5 may open a file twice in a row; the descriptor is its owner's */
    return 0;
}

static int vfd_cmp(const H5FD_t *a, const H5FD_t *b)
{
    return (a > b) - (a < b);
}

static herr_t vfd_query(const H5FD_t *file, unsigned long *flags)
{
    (void)file;
    *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_AGGREGATE_SMALLDATA;
    return 0;
}

static haddr_t vfd_get_eoa(const H5FD_t *file, H5FD_mem_t type)
{
    (void)type;
    return ((const brasa_h5_file *)file)->eoa;
}

static herr_t vfd_set_eoa(H5FD_t *file, H5FD_mem_t type, haddr_t addr)
{
    (void)type;
    ((brasa_h5_file *)file)->eoa = addr;
    return 0;
}

static haddr_t vfd_get_eof(const H5FD_t *file, H5FD_mem_t type)
{
    (void)type;
    return ((const brasa_h5_file *)file)->eof;
}

static herr_t vfd_read(H5FD_t *file, H5FD_mem_t type, hid_t dxpl, haddr_t addr, size_t size, void *buf)
{
    brasa_h5_file *f = (brasa_h5_file *)file;
    size_t         have = addr >= f->eof ? 0 : f->eof - addr < size ? (size_t)(f->eof - addr) : size;
    brasa_status   status = BRASA_OK;

    (void)type;
    (void)dxpl;
    if (addr == HADDR_UNDEF || addr + size > f->eoa) return -1;
    if (have > 0) status = brasa__io_pread(f->fd, buf, have, (int64_t)addr, f->path, f->status == BRASA_OK ? &f->err : NULL);
    if (have < size) memset((char *)buf + have, 0, size - have); /* allocated but not written: zeros, as in the default driver */
    if (f->status == BRASA_OK) f->status = status;
    return status == BRASA_OK ? 0 : -1;
}

static herr_t vfd_write(H5FD_t *file, H5FD_mem_t type, hid_t dxpl, haddr_t addr, size_t size, const void *buf)
{
    brasa_h5_file *f = (brasa_h5_file *)file;

    (void)type;
    (void)dxpl;
    if (addr + size > f->eof) f->eof = addr + size;
    if (buf == f->aside) {
        f->aside_at = addr;
        return 0;
    }
    if (f->status == BRASA_OK) f->status = brasa__io_pwrite(f->fd, buf, size, (int64_t)addr, f->path, &f->err);
    return 0;
}

static herr_t vfd_truncate(H5FD_t *file, hid_t dxpl, hbool_t closing)
{
    brasa_h5_file *f = (brasa_h5_file *)file;

    (void)dxpl;
    (void)closing;
    if (!f->writing || f->eof == f->eoa) return 0;
    if (f->status == BRASA_OK) f->status = brasa__io_truncate(f->fd, (int64_t)f->eoa, f->path, &f->err);
    f->eof = f->eoa;
    return 0;
}

static const H5FD_class_t driver = {
#if H5_VERSION_GE(1, 13, 2)
    .version = H5FD_CLASS_VERSION,
    .value = 600, /* of the range for tests and private drivers */
#endif
    .name = "brasa",
    .maxaddr = (haddr_t)INT64_MAX,
    .fc_degree = H5F_CLOSE_STRONG,
    .fapl_size = sizeof(brasa_h5_file *),
    .open = vfd_open,
    .close = vfd_close,
    .cmp = vfd_cmp,
    .query = vfd_query,
    .get_eoa = vfd_get_eoa,
    .set_eoa = vfd_set_eoa,
    .get_eof = vfd_get_eof,
    .read = vfd_read,
    .write = vfd_write,
    .truncate = vfd_truncate,
    .fl_map = H5FD_FLMAP_DICHOTOMY,
};

void brasa__h5_set_driver(hid_t fapl, brasa_h5_file *f)
{
    hid_t id = H5FDregister(&driver); /* counted by the library: released when the access list is */

    H5Pset_driver(fapl, id, &f);
    H5Idec_ref(id);
}
