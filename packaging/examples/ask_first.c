/* Asks before it loads: reads the file once, has the bytes scanned, and hands the same bytes on only when they are clean.
 *
 *   cc ask_first.c -ltocsin-scan -o ask_first && ./ask_first model.pt */
#include <stdio.h>
#include <stdlib.h>
#include <tocsin_scan.h>

/* Stands for what your program does with a model. */
static void load(const char* path, size_t size) {
  printf("%s: loading %zu bytes\n", path, size);
}

static unsigned char* read_all(const char* path, size_t* size) {
  FILE* file = fopen(path, "rb");
  unsigned char* bytes = NULL;
  size_t room = 0;
  *size = 0;
  if (file == NULL) return NULL;
  for (;;) {
    if (*size == room) {
      unsigned char* larger = realloc(bytes, room = room == 0 ? 65536 : room * 2);
      if (larger == NULL) break;
      bytes = larger;
    }
    const size_t got = fread(bytes + *size, 1, room - *size, file);
    if (got == 0 && !ferror(file)) {
      fclose(file);
      return bytes;
    }
    if (got == 0) break;
    *size += got;
  }
  fclose(file);
  free(bytes);
  return NULL;
}

int main(int argc, char** argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: %s MODEL\n", argv[0]);
    return 2;
  }
  size_t size = 0;
  unsigned char* bytes = read_all(argv[1], &size);
  if (bytes == NULL) {
    fprintf(stderr, "%s: cannot be read\n", argv[1]);
    return 3;
  }
  tocsin_scanner* scanner = tocsin_scanner_new();
  tocsin_report* report = tocsin_scan_bytes(scanner, bytes, size, argv[1], TOCSIN_SCAN_DEFAULT);
  const enum tocsin_verdict verdict = tocsin_report_verdict(report); /* of NULL: incomplete */
  if (verdict == TOCSIN_CLEAN) {
    load(argv[1], size);
  } else {
    printf("%s: %s, not loaded\n", argv[1], tocsin_verdict_name(verdict));
    for (size_t i = 0; i < tocsin_report_findings(report); ++i)
      if (tocsin_finding_severity(report, i) > TOCSIN_SEVERITY_INFO)
        printf("  %s: %s %s\n", tocsin_finding_rule(report, i), tocsin_finding_what(report, i),
               tocsin_finding_call(report, i));
    if (tocsin_report_error(report) != NULL) printf("  %s\n", tocsin_report_error(report));
  }
  tocsin_report_free(report);
  tocsin_scanner_free(scanner);
  free(bytes);
  return verdict == TOCSIN_CLEAN ? 0 : 1;
}
