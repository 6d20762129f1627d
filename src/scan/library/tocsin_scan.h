/* libtocsin-scan: what loading a model file would do, found without loading it, for programs that ask before they load.
 *
 *   tocsin_scanner* scanner = tocsin_scanner_new();
 *   tocsin_report* report = tocsin_scan_file(scanner, "model.pt", TOCSIN_SCAN_DEFAULT);
 *   if (tocsin_report_verdict(report) == TOCSIN_CLEAN) load("model.pt");
 *   tocsin_report_free(report);
 *   tocsin_scanner_free(scanner);
 *
 * C11, and C++. The file is not loaded and nothing of it is executed, whatever is in it. No exception leaves the library,
 * it writes to no stream, opens no network and starts no program. It handles SIGBUS for its own mappings, so that a file
 * that is cut short while it is read is a report and not the end of the process; other SIGBUS go to whoever had them.
 *
 * Threads: a scanner may be used by any number of threads at once. A report is for one thread at a time.
 * Lifetimes: a report does not need its scanner any more. Texts belong to their report and live until tocsin_report_free.
 * They are UTF-8 and printable: what comes from the file has been made harmless to show.
 * NULL as a scanner or report is allowed everywhere: it gives NULL, 0, or TOCSIN_INCOMPLETE.
 *
 * Whoever can change the file between the scan and the loading can load something else than was scanned. Where that
 * matters, read the file once and use tocsin_scan_bytes on what is then loaded. */
#ifndef TOCSIN_SCAN_H
#define TOCSIN_SCAN_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define TOCSIN_SCAN_API __attribute__((visibility("default")))
#else
#define TOCSIN_SCAN_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tocsin_scanner tocsin_scanner;
typedef struct tocsin_report tocsin_report;

/* Ordered: whatever is above TOCSIN_CLEAN was not shown to be harmless. */
enum tocsin_verdict {
  TOCSIN_CLEAN = 0,       /* everything was read, and nothing was found but information */
  TOCSIN_UNSUPPORTED = 1, /* no format that is known fits: nothing is known about it */
  TOCSIN_INCOMPLETE = 2,  /* something could not be read: a part, or the file itself (tocsin_report_error) */
  TOCSIN_SUSPICIOUS = 3,  /* cannot be shown to be harmless */
  TOCSIN_MALICIOUS = 4    /* harms whoever loads it */
};
enum tocsin_severity { TOCSIN_SEVERITY_INFO = 0, TOCSIN_SEVERITY_SUSPICIOUS = 1, TOCSIN_SEVERITY_MALICIOUS = 2 };

/* Options of a scan, combined with |. */
enum tocsin_scan_options {
  TOCSIN_SCAN_DEFAULT = 0,
  TOCSIN_SCAN_HASH = 1,   /* work out the SHA-256 as well: all bytes are read then */
  TOCSIN_SCAN_PICKLES = 2 /* and the digests of the pickles in it (in the JSON) */
};

/* "0.1.0"; a constant. */
TOCSIN_SCAN_API const char* tocsin_scan_version(void);

/* Reads the built-in facts; some milliseconds, so keep it. NULL when there is no memory. */
TOCSIN_SCAN_API tocsin_scanner* tocsin_scanner_new(void);
TOCSIN_SCAN_API void tocsin_scanner_free(tocsin_scanner* scanner);

/* Adds the digests of a CSV file (docs/formats/indicators.md): what is one of them is a finding. Before the first scan,
 * from one thread. Needs TOCSIN_SCAN_HASH in the scans that shall know them. 0: all of it is used. Otherwise -1, and `why`
 * (if not NULL) gets a text of at most `size` bytes, NUL included; rows that could be read are used all the same. */
TOCSIN_SCAN_API int tocsin_scanner_indicators(tocsin_scanner* scanner, const char* csv_file, char* why, size_t size);

/* Whatever the file is, a report comes back: what could not be read is in it. NULL: no memory, or a NULL argument. */
TOCSIN_SCAN_API tocsin_report* tocsin_scan_file(const tocsin_scanner* scanner, const char* path, unsigned options);
/* `name` is what the report calls it (NULL: "bytes"). The bytes must not change during the call; they are not kept. */
TOCSIN_SCAN_API tocsin_report* tocsin_scan_bytes(const tocsin_scanner* scanner, const void* bytes, size_t size,
                                                 const char* name, unsigned options);
TOCSIN_SCAN_API void tocsin_report_free(tocsin_report* report);

TOCSIN_SCAN_API enum tocsin_verdict tocsin_report_verdict(const tocsin_report* report);
/* "clean", "unsupported", "incomplete", "suspicious", "malicious"; a constant. */
TOCSIN_SCAN_API const char* tocsin_verdict_name(enum tocsin_verdict verdict);
/* What ended the scan early; NULL when nothing did. */
TOCSIN_SCAN_API const char* tocsin_report_error(const tocsin_report* report);
/* 64 hexadecimal digits; NULL without TOCSIN_SCAN_HASH, and where it could not be worked out. */
TOCSIN_SCAN_API const char* tocsin_report_sha256(const tocsin_report* report);
/* The whole report as the object of docs/json.md, "Scan of model files". */
TOCSIN_SCAN_API const char* tocsin_report_json(const tocsin_report* report);

/* Findings, the worst first. An index beyond the last gives NULL, or 0. */
TOCSIN_SCAN_API size_t tocsin_report_findings(const tocsin_report* report);
TOCSIN_SCAN_API enum tocsin_severity tocsin_finding_severity(const tocsin_report* report, size_t index);
TOCSIN_SCAN_API const char* tocsin_finding_rule(const tocsin_report* report,
                                                size_t index); /* "pickle-dangerous-call" */
TOCSIN_SCAN_API const char* tocsin_finding_what(const tocsin_report* report, size_t index); /* one sentence */
TOCSIN_SCAN_API const char* tocsin_finding_call(const tocsin_report* report, size_t index); /* os.system("id"), or "" */
TOCSIN_SCAN_API const char* tocsin_finding_member(const tocsin_report* report, size_t index); /* path inside the file */

#ifdef __cplusplus
}
#endif
#endif
