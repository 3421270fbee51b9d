// Stands at the head of an AppImage where the real runtime cannot be downloaded: enough of it to try what is inside. It always
// unpacks, by the system's unsquashfs, where the real one mounts. https://github.com/AppImage/AppImageSpec
#include <elf.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void fail(const char *what) {
  fprintf(stderr, "AppImage: %s: %s\n", what, strerror(errno));
  exit(127);
}

/** The archive begins where the ELF file ends. */
static long archive_offset(const char *image) {
  Elf64_Ehdr head;
  FILE *file = fopen(image, "rb");
  if (file == NULL || fread(&head, sizeof head, 1, file) != 1) fail(image);
  fclose(file);
  return (long)(head.e_shoff + (Elf64_Off)head.e_shentsize * head.e_shnum);
}

static pid_t child;

static void pass_on(int received) { kill(child, received); }

/** Runs a program, which gets the signals that this one gets, and gives back its exit code, as a shell does. */
static int run(char *const argv[]) {
  child = fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    execvp(argv[0], argv);
    fail(argv[0]);
  }
  signal(SIGINT, pass_on);
  signal(SIGTERM, pass_on);
  int status;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) fail("waitpid");
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int unpack(char *image, char *folder) {
  char offset[32];
  snprintf(offset, sizeof offset, "%ld", archive_offset(image));
  char *argv[] = {"unsquashfs", "-no-progress", "-quiet", "-no-xattrs", "-offset", offset, "-dest", folder, image, NULL};
  return run(argv);
}

int main(int argc, char **argv) {
  char image[PATH_MAX] = {0};
  if (readlink("/proc/self/exe", image, sizeof image - 1) < 0) fail("/proc/self/exe");
  if (argc > 1 && strcmp(argv[1], "--appimage-extract") == 0) return unpack(image, "squashfs-root");
  int from = argc > 1 && strcmp(argv[1], "--appimage-extract-and-run") == 0 ? 2 : 1;

  char *temporary = getenv("TMPDIR");
  char parent[PATH_MAX], folder[PATH_MAX], program[PATH_MAX];
  if (snprintf(parent, sizeof parent, "%s/appimage-XXXXXX", temporary ? temporary : "/tmp") >= (int)sizeof parent - 32)
    fail("TMPDIR");
  if (mkdtemp(parent) == NULL) fail(parent);
  if (snprintf(folder, sizeof folder, "%s/root", parent) < 0) fail(parent);
  int code = unpack(image, folder);
  if (code == 0) {
    setenv("APPIMAGE", image, 1);
    setenv("APPDIR", folder, 1);
    setenv("ARGV0", argv[0], 1);
    if (snprintf(program, sizeof program, "%s/AppRun", folder) >= (int)sizeof program) fail(folder);
    argv[from - 1] = program;
    code = run(argv + from - 1);
  }
  char *remove[] = {"rm", "-rf", parent, NULL};
  run(remove);
  return code;
}
