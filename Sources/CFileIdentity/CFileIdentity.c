// statx(2) and statfs(2), which Swift's module of the C library leaves out.
#define _GNU_SOURCE
#include "CFileIdentity.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

// statfs(2) says of f_fsid only that it is "some random stuff". These two make it of the UUID in the superblock; XFS makes it of the number of the
// device, which may be another one after the next mount.
static int has_lasting_id(long type) { return type == EXT4_SUPER_MAGIC || type == BTRFS_SUPER_MAGIC; }

int file_identity(const char *path, struct file_identity *identity) {
    struct statx file;
    struct statfs system;
    if (statx(AT_FDCWD, path, 0, STATX_INO | STATX_BTIME, &file) != 0 || statfs(path, &system) != 0) {
        return errno;
    }
    memset(identity, 0, sizeof *identity);
    identity->inode = file.stx_ino;
    if (file.stx_mask & STATX_BTIME) {
        identity->birth = (int64_t)file.stx_btime.tv_sec * 1000000000 + file.stx_btime.tv_nsec;
    }
    if (has_lasting_id(system.f_type)) {
        memcpy(&identity->file_system, &system.f_fsid, sizeof identity->file_system);
    }
    return 0;
}
