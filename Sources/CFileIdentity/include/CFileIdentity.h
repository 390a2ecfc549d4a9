#ifndef CFILEIDENTITY_H
#define CFILEIDENTITY_H

#include <stdint.h>

/// What makes a file this one and not a copy of it, as far as its file system says.
struct file_identity {
    uint64_t inode;
    /// Nanoseconds since 1970 at which the inode was made; 0 where the file system does not know.
    int64_t birth;
    /// The id of the file system, where that stays the same from one mount to the next; 0 elsewhere.
    uint64_t file_system;
};

/// Fills in the identity of a file; returns 0, or an error number.
int file_identity(const char *path, struct file_identity *identity);

#endif
