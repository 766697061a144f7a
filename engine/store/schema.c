#include "store/schema.h"

#include "store/database.h"

#include <inttypes.h>
#include <stdio.h>

#define APPLICATION 0x6f757464 /* "outd", in the header of every file of ours */

static const char *const steps[] = {
    /* 1 */
    "CREATE TABLE script ("
    "  hash TEXT PRIMARY KEY NOT NULL,"
    "  kind TEXT NOT NULL,"
    "  name TEXT NOT NULL,"
    "  source TEXT NOT NULL,"
    "  loaded INTEGER"
    ") STRICT;"

    "CREATE TABLE run ("
    "  id TEXT PRIMARY KEY NOT NULL,"
    "  flow TEXT NOT NULL,"
    "  script TEXT REFERENCES script (hash),"
    "  manifest TEXT,"
    "  params TEXT,"
    "  state TEXT NOT NULL,"
    "  result TEXT,"
    "  error TEXT,"
    "  created INTEGER,"
    "  finished INTEGER"
    ") STRICT;"
    "CREATE INDEX run_unfinished ON run (state) WHERE finished IS NULL;"

    "CREATE TABLE op ("
    "  run TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,"
    "  seq INTEGER NOT NULL,"
    "  op TEXT NOT NULL,"
    "  args TEXT,"
    "  digest TEXT,"
    "  line INTEGER,"
    "  result TEXT,"
    "  started INTEGER,"
    "  finished INTEGER,"
    "  PRIMARY KEY (run, seq)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE call ("
    "  id TEXT PRIMARY KEY NOT NULL,"
    "  run TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,"
    "  number INTEGER NOT NULL,"
    "  provider TEXT NOT NULL,"
    "  sender TEXT,"
    "  recipient TEXT,"
    "  state TEXT NOT NULL,"
    "  reason TEXT,"
    "  reference TEXT,"
    "  token TEXT,"
    "  cursor TEXT,"
    "  request TEXT,"
    "  digest TEXT,"
    "  detail TEXT,"
    "  not_after INTEGER,"
    "  submitted INTEGER,"
    "  updated INTEGER"
    ") STRICT;"
    "CREATE INDEX call_run ON call (run, number);"
    "CREATE INDEX call_token ON call (token) WHERE token IS NOT NULL;"

    "CREATE TABLE event ("
    "  arrival INTEGER PRIMARY KEY,"
    "  call TEXT NOT NULL REFERENCES call (id) ON DELETE CASCADE,"
    "  key TEXT NOT NULL,"
    "  kind TEXT NOT NULL,"
    "  source TEXT NOT NULL,"
    "  payload TEXT,"
    "  answer TEXT,"
    "  received INTEGER,"
    "  UNIQUE (call, key)"
    ") STRICT;",

    /* 2: runs that leave memory and come back */
    "ALTER TABLE run ADD COLUMN wake INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE call ADD COLUMN message TEXT;"
    "ALTER TABLE call ADD COLUMN polls INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE call ADD COLUMN poll_at INTEGER;"
    "DROP INDEX run_unfinished;"
    "CREATE INDEX run_wake ON run (wake, id) WHERE finished IS NULL;"
    "CREATE INDEX run_created ON run (created);"
    "CREATE INDEX call_reference ON call (reference) WHERE reference IS NOT NULL;",

    /* 3: of which file an op's line is */
    "ALTER TABLE op ADD COLUMN file TEXT;",

    /* 4: runs asked for from outside, runs that are old, scripts that went live */
    "CREATE TABLE request ("
    "  key TEXT PRIMARY KEY NOT NULL,"
    "  run TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,"
    "  digest TEXT NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX request_run ON request (run);"
    "CREATE INDEX run_finished ON run (finished) WHERE finished IS NOT NULL;"

    "CREATE TABLE live ("
    "  arrival INTEGER PRIMARY KEY,"
    "  kind TEXT NOT NULL,"
    "  name TEXT NOT NULL,"
    "  script TEXT NOT NULL REFERENCES script (hash),"
    "  manifest TEXT,"
    "  since INTEGER"
    ") STRICT;"
    "CREATE INDEX live_name ON live (kind, name);",

    /* 5: ops in the order they were asked for, those of all runs side by side: a turn
     * adds to pages that others add to as well, and what is kept apart for each run is
     * short. */
    "ALTER TABLE op RENAME TO op_of_run;"
    "CREATE TABLE op ("
    "  arrival INTEGER PRIMARY KEY,"
    "  run TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,"
    "  seq INTEGER NOT NULL,"
    "  op TEXT NOT NULL,"
    "  args TEXT,"
    "  digest TEXT,"
    "  file TEXT,"
    "  line INTEGER,"
    "  result TEXT,"
    "  started INTEGER,"
    "  finished INTEGER,"
    "  UNIQUE (run, seq)"
    ") STRICT;"
    "INSERT INTO op (run, seq, op, args, digest, file, line, result, started, finished)"
    " SELECT run, seq, op, args, digest, file, line, result, started, finished"
    " FROM op_of_run ORDER BY run, seq;"
    "DROP TABLE op_of_run;",
};

enum { NEWEST = sizeof steps / sizeof *steps };

bool schema_recognise(sqlite3 *db, struct error *error) {
  int64_t application, version, objects;
  if (!database_number(db, "PRAGMA application_id", &application, error) ||
      !database_number(db, "PRAGMA user_version", &version, error) ||
      !database_number(db, "SELECT count(*) FROM sqlite_schema", &objects, error))
    return false;
  const char *path = sqlite3_db_filename(db, "main");
  bool empty = !application && !version && !objects;
  if (!empty && application != APPLICATION)
    return error_set(error, "store",
                     "%s belongs to another program and is left alone; use another file",
                     path);
  if (version >= 0 && version <= NEWEST) return true;
  return error_set(error, "store",
                   "the store %s is of version %" PRId64
                   ", this program knows up to %d; "
                   "use the newer program or another file",
                   path, version, NEWEST);
}

bool schema_is_current(sqlite3 *db, struct error *error) {
  int64_t version;
  if (!database_number(db, "PRAGMA user_version", &version, error)) return false;
  if (version == NEWEST) return true;
  return error_set(error, "store",
                   "the store %s %s; outdial serve or outdial run brings it up to date",
                   sqlite3_db_filename(db, "main"),
                   version ? "was written by an earlier version of this program"
                           : "is empty");
}

static bool take_step(sqlite3 *db, int64_t version, struct error *error) {
  char stamp[96];
  snprintf(stamp, sizeof stamp, "PRAGMA application_id = %d; PRAGMA user_version = %d",
           APPLICATION, (int)version + 1);
  if (!database_run(db, "BEGIN IMMEDIATE", error)) return false;
  if (database_run(db, steps[version], error) && database_run(db, stamp, error) &&
      database_run(db, "COMMIT", error))
    return true;
  if (!sqlite3_get_autocommit(db)) database_run(db, "ROLLBACK", NULL);
  return false;
}

bool schema_advance(sqlite3 *db, struct error *error) {
  int64_t version;
  if (!database_number(db, "PRAGMA user_version", &version, error)) return false;
  for (; version < NEWEST; version++)
    if (!take_step(db, version, error)) return false;
  return true;
}
