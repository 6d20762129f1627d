// The first shape: everything that sections 3 and 4 of the design need. What the tables mean: docs/formats/store.md.
//
// Every table has an integer row id; ids that the world sees are 16-byte blobs in a UNIQUE index (measured four times
// faster than a text key WITHOUT ROWID, bench/store). Times are microseconds since 1970 UTC. Long bodies are the last
// column, so that a scan of the short ones does not walk overflow pages. Deletion never cascades: who removes a row
// removes what hangs on it, and each removal is sealed.
#include "store/migrations/migrations.hpp"

namespace tocsin::store::migrations {

extern const Migration first;
const Migration first{1, "first", R"sql(
CREATE TABLE meta(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, value TEXT NOT NULL) STRICT;

-- what came in
CREATE TABLE snapshot(id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, size INTEGER NOT NULL, media TEXT NOT NULL,
  name TEXT NOT NULL, first_seen INTEGER NOT NULL, pruned INTEGER) STRICT;
CREATE TABLE source(id INTEGER PRIMARY KEY, source TEXT NOT NULL UNIQUE, what TEXT NOT NULL, changed INTEGER NOT NULL) STRICT;
CREATE TABLE source_state(id INTEGER PRIMARY KEY, source TEXT NOT NULL UNIQUE, cursor TEXT NOT NULL, validators TEXT NOT NULL,
  last_attempt INTEGER, last_success INTEGER, last_error TEXT NOT NULL, failures INTEGER NOT NULL) STRICT;
CREATE TABLE run(id INTEGER PRIMARY KEY, source TEXT NOT NULL, started INTEGER NOT NULL, finished INTEGER NOT NULL,
  outcome INTEGER NOT NULL, error TEXT NOT NULL, counts TEXT NOT NULL, list BLOB NOT NULL, root BLOB NOT NULL,
  leaf INTEGER NOT NULL) STRICT;
CREATE INDEX run_by_source ON run(source, id);
CREATE TABLE head(id INTEGER PRIMARY KEY, source TEXT NOT NULL, external_id TEXT NOT NULL, record INTEGER NOT NULL,
  first_seen INTEGER NOT NULL, UNIQUE(source, external_id)) STRICT;
CREATE TABLE record(id INTEGER PRIMARY KEY, head INTEGER NOT NULL, digest BLOB NOT NULL, parser_version INTEGER NOT NULL,
  content BLOB NOT NULL, reply BLOB NOT NULL, retrieved INTEGER NOT NULL, run INTEGER NOT NULL, body TEXT NOT NULL,
  UNIQUE(head, digest, parser_version, content)) STRICT;
CREATE TABLE reject(id INTEGER PRIMARY KEY, run INTEGER NOT NULL, place TEXT NOT NULL, code INTEGER NOT NULL,
  message TEXT NOT NULL, excerpt BLOB NOT NULL) STRICT;
CREATE INDEX reject_by_run ON reject(run);
CREATE TABLE stix_object(id INTEGER PRIMARY KEY, key INTEGER NOT NULL, modified TEXT NOT NULL, digest BLOB NOT NULL,
  source TEXT NOT NULL, stix_id TEXT NOT NULL, type TEXT NOT NULL, run INTEGER NOT NULL, from_key INTEGER, to_key INTEGER,
  from_id TEXT, relation TEXT, to_id TEXT, bytes BLOB NOT NULL) STRICT;
CREATE INDEX stix_object_by_key ON stix_object(key);
CREATE INDEX stix_object_by_from ON stix_object(from_key) WHERE from_key IS NOT NULL;
CREATE INDEX stix_object_by_to ON stix_object(to_key) WHERE to_key IS NOT NULL;

-- what people work on
CREATE TABLE identity(id INTEGER PRIMARY KEY, head INTEGER NOT NULL, scheme TEXT NOT NULL, value TEXT NOT NULL, scope TEXT) STRICT;
CREATE INDEX identity_by_value ON identity(value, scheme);
CREATE INDEX identity_by_head ON identity(head);
CREATE TABLE bond(id INTEGER PRIMARY KEY, uuid BLOB NOT NULL UNIQUE, a_scheme TEXT NOT NULL, a_value TEXT NOT NULL,
  b_scheme TEXT NOT NULL, b_value TEXT NOT NULL, a_source TEXT NOT NULL, b_source TEXT NOT NULL, joined INTEGER NOT NULL, by_text INTEGER NOT NULL, reason_text INTEGER NOT NULL,
  at INTEGER NOT NULL) STRICT;
CREATE TABLE item(id INTEGER PRIMARY KEY, uuid BLOB NOT NULL UNIQUE, name TEXT NOT NULL, title TEXT NOT NULL, kind INTEGER NOT NULL,
  severity INTEGER NOT NULL, published INTEGER, modified INTEGER, withdrawn INTEGER, contested INTEGER NOT NULL,
  created INTEGER NOT NULL, changed INTEGER NOT NULL, digest BLOB NOT NULL, body TEXT NOT NULL) STRICT;
CREATE TABLE member(head INTEGER PRIMARY KEY, item INTEGER NOT NULL) STRICT;
CREATE INDEX member_by_item ON member(item);
CREATE TABLE redirect(id INTEGER PRIMARY KEY, old BLOB NOT NULL UNIQUE, new BLOB NOT NULL,
  head INTEGER NOT NULL) STRICT;
CREATE INDEX redirect_by_new ON redirect(new);
CREATE TABLE package(id INTEGER PRIMARY KEY, item INTEGER NOT NULL, key TEXT NOT NULL) STRICT;
CREATE INDEX package_by_key ON package(key, item);
CREATE INDEX package_by_item ON package(item);
CREATE VIRTUAL TABLE item_fts USING fts5(name, title, summary, tokenize = "unicode61 remove_diacritics 2");

-- what was worked out
CREATE TABLE judgement(item INTEGER PRIMARY KEY, layers INTEGER NOT NULL, score INTEGER NOT NULL, status INTEGER,
  affected INTEGER NOT NULL, investigating INTEGER NOT NULL, judged BLOB NOT NULL, changed INTEGER NOT NULL,
  digest BLOB NOT NULL, facets TEXT NOT NULL) STRICT;
CREATE INDEX judgement_by_score ON judgement(score DESC, item, layers, status);
CREATE TABLE assessment(id INTEGER PRIMARY KEY, item INTEGER NOT NULL, asset TEXT NOT NULL, status INTEGER NOT NULL,
  score INTEGER NOT NULL, body TEXT NOT NULL, UNIQUE(item, asset)) STRICT;
CREATE INDEX assessment_by_asset ON assessment(asset, status);
CREATE TABLE class_verdict(id INTEGER PRIMARY KEY, item INTEGER NOT NULL, assets TEXT NOT NULL, code TEXT NOT NULL,
  detail TEXT NOT NULL) STRICT;
CREATE INDEX class_verdict_by_item ON class_verdict(item);
CREATE INDEX class_verdict_by_code ON class_verdict(code, assets);
CREATE TABLE assessment_run(id INTEGER PRIMARY KEY, at INTEGER NOT NULL, estate BLOB NOT NULL, knowledge TEXT NOT NULL,
  rules TEXT NOT NULL, judged INTEGER NOT NULL, changed INTEGER NOT NULL, root BLOB NOT NULL, leaf INTEGER NOT NULL) STRICT;

-- what people and files say
CREATE TABLE text(id INTEGER PRIMARY KEY, owner BLOB NOT NULL, hash BLOB NOT NULL, erased INTEGER NOT NULL, salt BLOB,
  value TEXT) STRICT;
CREATE INDEX text_by_owner ON text(owner);
CREATE TABLE decision(id INTEGER PRIMARY KEY, uuid BLOB NOT NULL UNIQUE, item BLOB NOT NULL, scope TEXT NOT NULL,
  verdict INTEGER NOT NULL, rationale_text INTEGER NOT NULL, by_text INTEGER NOT NULL, at INTEGER NOT NULL, until INTEGER,
  duplicate_of BLOB, state INTEGER NOT NULL, changed INTEGER, leaf INTEGER NOT NULL, difference TEXT NOT NULL,
  basis TEXT NOT NULL) STRICT;
CREATE INDEX decision_by_item ON decision(item, id);
CREATE TABLE action(id INTEGER PRIMARY KEY, uuid BLOB NOT NULL UNIQUE, decision BLOB NOT NULL, item BLOB NOT NULL,
  kind INTEGER NOT NULL, what_text INTEGER NOT NULL, owner_text INTEGER NOT NULL, due INTEGER, state TEXT NOT NULL,
  created INTEGER NOT NULL, leaf INTEGER NOT NULL) STRICT;
CREATE INDEX action_by_item ON action(item);
CREATE TABLE estate_version(id INTEGER PRIMARY KEY, digest BLOB NOT NULL, at INTEGER NOT NULL, leaf INTEGER NOT NULL,
  files TEXT NOT NULL, difference_text INTEGER NOT NULL, assets TEXT NOT NULL) STRICT;
CREATE TABLE config_version(id INTEGER PRIMARY KEY, name TEXT NOT NULL, digest BLOB NOT NULL, at INTEGER NOT NULL,
  leaf INTEGER NOT NULL, value_text INTEGER NOT NULL) STRICT;
CREATE INDEX config_version_by_name ON config_version(name, id);

-- the proof
CREATE TABLE ledger(seq INTEGER PRIMARY KEY, tx INTEGER NOT NULL, at INTEGER NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL,
  leaf BLOB NOT NULL, entry TEXT NOT NULL) STRICT;
CREATE INDEX ledger_by_kind ON ledger(kind, seq);
CREATE INDEX ledger_by_subject ON ledger(subject, seq);
CREATE TABLE tree_node(level INTEGER NOT NULL, idx INTEGER NOT NULL, hash BLOB NOT NULL, PRIMARY KEY(level, idx)) STRICT, WITHOUT ROWID;
CREATE TABLE checkpoint(tx INTEGER PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, at INTEGER NOT NULL, note TEXT NOT NULL) STRICT;
CREATE TABLE list(id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, packed INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT;

-- seat belts, not the proof
CREATE TRIGGER ledger_stays BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_keeps BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER tree_node_stays BEFORE UPDATE ON tree_node BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER tree_node_keeps BEFORE DELETE ON tree_node BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER checkpoint_stays BEFORE UPDATE ON checkpoint BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER checkpoint_keeps BEFORE DELETE ON checkpoint BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER list_stays BEFORE UPDATE ON list BEGIN SELECT RAISE(ABORT, 'lists are append-only'); END;
CREATE TRIGGER list_keeps BEFORE DELETE ON list BEGIN SELECT RAISE(ABORT, 'lists are append-only'); END;
CREATE TRIGGER record_stays BEFORE UPDATE ON record BEGIN SELECT RAISE(ABORT, 'records are immutable'); END;
CREATE TRIGGER record_keeps BEFORE DELETE ON record BEGIN SELECT RAISE(ABORT, 'records are immutable'); END;
CREATE TRIGGER stix_object_stays BEFORE UPDATE ON stix_object BEGIN SELECT RAISE(ABORT, 'foreign objects are immutable'); END;
CREATE TRIGGER stix_object_keeps BEFORE DELETE ON stix_object BEGIN SELECT RAISE(ABORT, 'foreign objects are immutable'); END;
)sql"};

}  // namespace tocsin::store::migrations
