/* The C face, used as a C program uses it; compiled and run by tests/stories/scan_library.sh. Says where it fails. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <tocsin_scan.h>

static int failures;
#define EXPECT(what)                                              \
  do {                                                            \
    if (!(what)) {                                                \
      fprintf(stderr, "use.c:%d: not so: %s\n", __LINE__, #what); \
      ++failures;                                                 \
    }                                                             \
  } while (0)

static const char kEvil[] = "cos\nsystem\n(S'id'\ntR.";
static const char kGood[] = "\x80\x02}.";

static void* scan_often(void* scanner) {
  for (int i = 0; i < 200; ++i) {
    tocsin_report* evil = tocsin_scan_bytes(scanner, kEvil, sizeof kEvil - 1, NULL, TOCSIN_SCAN_PICKLES);
    tocsin_report* good = tocsin_scan_bytes(scanner, kGood, sizeof kGood - 1, NULL, TOCSIN_SCAN_DEFAULT);
    if (tocsin_report_verdict(evil) != TOCSIN_MALICIOUS || tocsin_report_verdict(good) != TOCSIN_CLEAN) return scanner;
    tocsin_report_free(evil);
    tocsin_report_free(good);
  }
  return NULL;
}

int main(int argc, char** argv) {
  if (argc != 3) return 2; /* a list of indicators that knows kGood, one that is broken */
  EXPECT(strlen(tocsin_scan_version()) > 2);
  tocsin_scanner* scanner = tocsin_scanner_new();
  EXPECT(scanner != NULL);

  tocsin_report* report = tocsin_scan_bytes(scanner, kEvil, sizeof kEvil - 1, "a\x1b[31mname", TOCSIN_SCAN_DEFAULT);
  EXPECT(tocsin_report_verdict(report) == TOCSIN_MALICIOUS);
  EXPECT(strcmp(tocsin_verdict_name(tocsin_report_verdict(report)), "malicious") == 0);
  EXPECT(tocsin_report_error(report) == NULL);
  EXPECT(tocsin_report_sha256(report) == NULL);
  EXPECT(tocsin_report_findings(report) >= 1);
  EXPECT(tocsin_finding_severity(report, 0) == TOCSIN_SEVERITY_MALICIOUS);
  EXPECT(strcmp(tocsin_finding_rule(report, 0), "pickle-dangerous-call") == 0);
  EXPECT(strcmp(tocsin_finding_call(report, 0), "os.system(\"id\")") == 0);
  EXPECT(strlen(tocsin_finding_what(report, 0)) > 0);
  EXPECT(strcmp(tocsin_finding_member(report, 0), "") == 0);
  EXPECT(tocsin_finding_rule(report, 1000) == NULL);
  EXPECT(strstr(tocsin_report_json(report), "\"verdict\":\"malicious\"") != NULL);
  EXPECT(strchr(tocsin_report_json(report), '\x1b') == NULL);
  tocsin_report_free(report);

  /* What cannot be read is never clean, and never NULL. */
  report = tocsin_scan_file(scanner, "/nowhere/gone.pkl", TOCSIN_SCAN_HASH);
  EXPECT(tocsin_report_verdict(report) == TOCSIN_INCOMPLETE);
  EXPECT(tocsin_report_error(report) != NULL && strstr(tocsin_report_error(report), "/nowhere/gone.pkl") != NULL);
  tocsin_report_free(report);
  report = tocsin_scan_bytes(scanner, NULL, 0, NULL, TOCSIN_SCAN_DEFAULT);
  EXPECT(report != NULL && tocsin_report_verdict(report) == TOCSIN_INCOMPLETE);
  tocsin_report_free(report);
  report = tocsin_scan_bytes(scanner, "\x07\x13\xff\xfe no format", 14, NULL, TOCSIN_SCAN_DEFAULT);
  EXPECT(tocsin_report_verdict(report) == TOCSIN_UNSUPPORTED);
  tocsin_report_free(report);

  /* Nothing as an argument. */
  EXPECT(tocsin_scan_file(NULL, "x", 0) == NULL && tocsin_scan_file(scanner, NULL, 0) == NULL);
  EXPECT(tocsin_scan_bytes(scanner, NULL, 1, NULL, 0) == NULL);
  EXPECT(tocsin_report_verdict(NULL) == TOCSIN_INCOMPLETE && tocsin_report_json(NULL) == NULL);
  EXPECT(tocsin_report_findings(NULL) == 0 && tocsin_finding_what(NULL, 0) == NULL);
  tocsin_report_free(NULL);
  tocsin_scanner_free(NULL);

  /* Any number of threads. */
  pthread_t threads[4];
  void* wrong = NULL;
  for (int i = 0; i < 4; ++i) EXPECT(pthread_create(&threads[i], NULL, scan_often, scanner) == 0);
  for (int i = 0; i < 4; ++i) {
    pthread_join(threads[i], &wrong);
    EXPECT(wrong == NULL);
  }

  char why[40];
  EXPECT(tocsin_scanner_indicators(scanner, argv[2], why, sizeof why) == -1 && strlen(why) > 5);
  EXPECT(tocsin_scanner_indicators(scanner, "/nowhere.csv", NULL, 0) == -1);
  EXPECT(tocsin_scanner_indicators(scanner, argv[1], why, sizeof why) == 0);
  report = tocsin_scan_bytes(scanner, kGood, sizeof kGood - 1, NULL, TOCSIN_SCAN_HASH);
  tocsin_scanner_free(scanner); /* the report stays */
  EXPECT(tocsin_report_verdict(report) == TOCSIN_MALICIOUS);
  EXPECT(tocsin_report_findings(report) == 1 && strcmp(tocsin_finding_rule(report, 0), "known-malicious") == 0);
  EXPECT(strlen(tocsin_report_sha256(report)) == 64);
  tocsin_report_free(report);
  return failures == 0 ? 0 : 1;
}
