/*
 * Preloaded into a process, writes down everything that it does to the files below one directory: what it writes, where,
 * and what it asks to be synced. From that, disk.ts makes what a power cut would have left of them.
 *
 *   RECORD_BELOW=/absolute/directory RECORD_TO=/file LD_PRELOAD=record.so <program>
 *
 * A record is one write to a file that is opened for appending, so it is there as soon as the call that it tells of has
 * returned, even if the process is killed in the next moment. Real syncs are left out: the disk is the record.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define FILES 65536

/* As disk.ts reads it: little endian, without gaps, followed by `size` bytes. */
struct __attribute__((packed)) head {
  uint8_t what;
  uint32_t file;
  uint64_t offset;
  uint32_t size;
};

static int out = -1;
static const char *below;
static size_t below_size;
static uint32_t last_file;
/* What each descriptor was opened as; number 0 is none. */
static struct { uint32_t number; dev_t device; ino_t inode; } files[FILES];

#define REAL(name) \
  static __typeof__(&name) real; \
  if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void begin(void) {
  const char *to = getenv("RECORD_TO");
  below = getenv("RECORD_BELOW");
  if (!to || !below) return;
  below_size = strlen(below);
  REAL(open);
  out = real(to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static void record(char what, uint32_t file, uint64_t offset, const struct iovec *parts, int count, size_t size) {
  struct head head = { what, file, offset, size };
  struct iovec all[count + 1];
  all[0] = (struct iovec){ &head, sizeof head };
  memcpy(all + 1, parts, count * sizeof *parts);
  REAL(writev);
  if (real(out, all, count + 1) != (ssize_t)(sizeof head + size)) abort();
}

static void record_bytes(char what, uint32_t file, uint64_t offset, const void *bytes, size_t size) {
  struct iovec part = { (void *)bytes, size };
  record(what, file, offset, &part, 1, size);
}

static int concerns(const char *path) {
  if (out < 0 || strncmp(path, below, below_size) != 0) return 0;
  return path[below_size] == '/' || path[below_size] == 0;
}

/* The number of an open file, 0 for those of no concern. Descriptors are also closed in ways that nobody sees, and then used again. */
static uint32_t file(int fd) {
  struct stat it;
  if (fd < 0 || fd >= FILES || !files[fd].number || fstat(fd, &it) != 0) return 0;
  return it.st_ino == files[fd].inode && it.st_dev == files[fd].device ? files[fd].number : 0;
}

static int opened(int fd, const char *path, int flags) {
  struct stat it;
  if (fd < 0 || fd >= FILES || !concerns(path) || fstat(fd, &it) != 0) return fd;
  uint32_t number = __sync_add_and_fetch(&last_file, 1);
  files[fd].number = number;
  files[fd].device = it.st_dev;
  files[fd].inode = it.st_ino;
  record_bytes(S_ISDIR(it.st_mode) ? 'D' : 'O', number, (flags & O_TRUNC) != 0, path, strlen(path));
  return fd;
}

#define MODE(flags) \
  mode_t mode = 0; \
  if (flags & (O_CREAT | __O_TMPFILE)) { \
    va_list list; \
    va_start(list, flags); \
    mode = va_arg(list, mode_t); \
    va_end(list); \
  }

int open(const char *path, int flags, ...) {
  MODE(flags)
  REAL(open);
  return opened(real(path, flags, mode), path, flags);
}

int open64(const char *path, int flags, ...) {
  MODE(flags)
  REAL(open64);
  return opened(real(path, flags, mode), path, flags);
}

int openat(int directory, const char *path, int flags, ...) {
  MODE(flags)
  REAL(openat);
  return opened(real(directory, path, flags, mode), path, flags);
}

int openat64(int directory, const char *path, int flags, ...) {
  MODE(flags)
  REAL(openat64);
  return opened(real(directory, path, flags, mode), path, flags);
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset) {
  REAL(pwrite);
  ssize_t done = real(fd, bytes, size, offset);
  if (done > 0 && file(fd)) record_bytes('W', file(fd), offset, bytes, done);
  return done;
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t offset) {
  REAL(pwrite64);
  ssize_t done = real(fd, bytes, size, offset);
  if (done > 0 && file(fd)) record_bytes('W', file(fd), offset, bytes, done);
  return done;
}

ssize_t write(int fd, const void *bytes, size_t size) {
  REAL(write);
  ssize_t done = real(fd, bytes, size);
  if (done > 0 && file(fd)) record_bytes('W', file(fd), lseek(fd, 0, SEEK_CUR) - done, bytes, done);
  return done;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  REAL(writev);
  ssize_t done = real(fd, parts, count);
  if (done > 0 && file(fd)) {
    size_t size = 0;
    for (int i = 0; i < count; i++) size += parts[i].iov_len;
    if (size != (size_t)done) abort();
    record('W', file(fd), lseek(fd, 0, SEEK_CUR) - done, parts, count, size);
  }
  return done;
}

int ftruncate(int fd, off_t size) {
  REAL(ftruncate);
  int answer = real(fd, size);
  if (answer == 0 && file(fd)) record_bytes('T', file(fd), size, "", 0);
  return answer;
}

int ftruncate64(int fd, off64_t size) {
  REAL(ftruncate64);
  int answer = real(fd, size);
  if (answer == 0 && file(fd)) record_bytes('T', file(fd), size, "", 0);
  return answer;
}

int fsync(int fd) {
  if (file(fd)) {
    record_bytes('S', file(fd), 0, "", 0);
    return 0;
  }
  REAL(fsync);
  return real(fd);
}

int fdatasync(int fd) {
  if (file(fd)) {
    record_bytes('S', file(fd), 0, "", 0);
    return 0;
  }
  REAL(fdatasync);
  return real(fd);
}

int unlink(const char *path) {
  REAL(unlink);
  int answer = real(path);
  if (answer == 0 && concerns(path)) record_bytes('U', 0, 0, path, strlen(path));
  return answer;
}

int rename(const char *from, const char *to) {
  REAL(rename);
  int answer = real(from, to);
  if (answer == 0 && concerns(from) && concerns(to)) {
    struct iovec parts[] = { { (void *)from, strlen(from) + 1 }, { (void *)to, strlen(to) } };
    record('R', 0, 0, parts, 2, parts[0].iov_len + parts[1].iov_len);
  }
  return answer;
}
