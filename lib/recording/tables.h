/* SPDX-License-Identifier: MIT */
/* tables.h - the tables and views of a recording, with comments: `vigil query --schema` prints
 * them. Times are ns since 1970 UTC; views make them readable. */
#ifndef VIGIL_RECORDING_TABLES_H
#define VIGIL_RECORDING_TABLES_H

/* clang-format off */
#define STORE_BLOCKS \
"CREATE TABLE block (             -- the records, exactly as the sensor wrote them\n" \
"  id INTEGER PRIMARY KEY,        -- in other tables: id >> 20 is the record's block,\n" \
"                                 -- id & 0xfffff its index in it, from 0\n" \
"  recording INTEGER NOT NULL REFERENCES recording,\n" \
"  first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL,\n" \
"  first_time INTEGER NOT NULL, last_time INTEGER NOT NULL,\n" \
"  count INTEGER NOT NULL,\n" \
"  records BLOB NOT NULL);        -- one after the other; see docs/record.md\n" \
"CREATE TABLE context (           -- processes that ran when the oldest block began\n" \
"  id INTEGER PRIMARY KEY, record BLOB NOT NULL);\n" \
"CREATE TABLE recording (         -- each run of a recorder on this file\n" \
"  id INTEGER PRIMARY KEY, started INTEGER NOT NULL,\n" \
"  ended INTEGER);                -- NULL: still records, or was killed\n"

/* What version 3 added to version 2. */
#define STORE_ALERT(create) \
create "alert (             -- a detection rule that matched\n" \
"  id INTEGER PRIMARY KEY, time INTEGER NOT NULL,\n" \
"  pid INTEGER NOT NULL, start_key INTEGER NOT NULL,\n" \
"  target_pid INTEGER,            -- of a remote thread or an access\n" \
"  event TEXT,                    -- type of the event that it matched\n" \
"  level TEXT, severity INTEGER, rule TEXT, title TEXT,\n" \
"  tags TEXT, matched TEXT);      -- one a line\n"
#define STORE_ALERTS(create) \
create "alerts AS            -- every alert of a detection rule\n" \
"SELECT e.id, " STORE_READABLE("e.time") " AS at, e.level, e.title, e.pid,\n" \
"  i.path AS image, g.command_line, e.target_pid, e.event, e.matched, e.tags, e.rule,\n" \
"  e.severity, e.time\n" \
"FROM alert AS e" STORE_PROCESS ";\n"

/* The tables that are filled from blocks. create: "CREATE TABLE " or "CREATE TEMP TABLE ". */
#define STORE_INDEX_BY(create) \
create "state (             -- indexed_through: the last block that is in the tables\n" \
"  name TEXT PRIMARY KEY,         -- below; dropped_events, dropped_through: what --max-size\n" \
"  value INTEGER) WITHOUT ROWID;  -- and --max-age have removed\n" \
create "sensor (            -- status reports of the sensor\n" \
"  id INTEGER PRIMARY KEY, time INTEGER NOT NULL,\n" \
"  state TEXT, machine TEXT, host TEXT, backend TEXT, text TEXT);\n" \
create "image (             -- files that were run or mapped\n" \
"  id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE);\n" \
create "program (           -- each start of a program; a fork shares its parent's\n" \
"  id INTEGER PRIMARY KEY, time INTEGER NOT NULL,\n" \
"  pid INTEGER NOT NULL, start_key INTEGER NOT NULL,\n" \
"  image INTEGER REFERENCES image, name TEXT, command_line TEXT, directory TEXT,\n" \
"  filename TEXT,                 -- what exec was called with\n" \
"  attributes INTEGER NOT NULL);  -- VIGIL_PROCESS_... of event.h\n" \
create "process (           -- pid and start_key identify a process uniquely\n" \
"  id INTEGER PRIMARY KEY,\n" \
"  pid INTEGER NOT NULL, start_key INTEGER NOT NULL,\n" \
"  parent_pid INTEGER, parent_key INTEGER,\n" \
"  start INTEGER,                 -- NULL: unknown\n" \
"  end INTEGER,                   -- NULL: still ran\n" \
"  program INTEGER REFERENCES program,  -- the latest that it ran\n" \
"  user TEXT, effective_user TEXT,      -- at the start of that: number, or SID on Windows\n" \
"  session INTEGER, cgroup TEXT,\n" \
"  exit_code INTEGER, signal INTEGER, cpu_time INTEGER, max_memory INTEGER);\n" \
create "thread (            -- threads; on Linux beyond the first of a process\n" \
"  id INTEGER PRIMARY KEY, time INTEGER NOT NULL,\n" \
"  what TEXT NOT NULL,            -- create, exit, existing\n" \
"  pid INTEGER NOT NULL, start_key INTEGER NOT NULL, tid INTEGER NOT NULL,\n" \
"  start_address INTEGER, exit_code INTEGER, cpu_time INTEGER);\n" \
create "load (              -- code mapped into a process; pid 0: a driver\n" \
"  id INTEGER PRIMARY KEY, time INTEGER NOT NULL,\n" \
"  pid INTEGER NOT NULL, start_key INTEGER NOT NULL,\n" \
"  image INTEGER REFERENCES image, base INTEGER, size INTEGER);\n" \
create "remote_thread (     -- a thread created in another process\n" \
"  id INTEGER PRIMARY KEY, time INTEGER NOT NULL,\n" \
"  pid INTEGER NOT NULL, start_key INTEGER NOT NULL,\n" \
"  target_pid INTEGER NOT NULL, target_key INTEGER NOT NULL, tid INTEGER NOT NULL,\n" \
"  start_address INTEGER, reason TEXT);\n" \
create "access (            -- an operation of one process on another\n" \
"  id INTEGER PRIMARY KEY, time INTEGER NOT NULL,\n" \
"  pid INTEGER NOT NULL, start_key INTEGER NOT NULL,\n" \
"  target_pid INTEGER NOT NULL, target_key INTEGER NOT NULL,\n" \
"  method TEXT, address INTEGER, length INTEGER, result INTEGER);\n" \
create "credential_change ( -- of users, groups, capabilities, without an exec (Linux)\n" \
"  id INTEGER PRIMARY KEY, time INTEGER NOT NULL,\n" \
"  pid INTEGER NOT NULL, start_key INTEGER NOT NULL, tid INTEGER NOT NULL,\n" \
"  user INTEGER, effective_user INTEGER, real_group INTEGER, effective_group INTEGER,\n" \
"  capabilities INTEGER,          -- effective ones, as a mask\n" \
"  new_user INTEGER, new_effective_user INTEGER, new_real_group INTEGER,\n" \
"  new_effective_group INTEGER, new_capabilities INTEGER);\n" \
create "failed_exec (       -- calls of exec that returned an error (Linux)\n" \
"  id INTEGER PRIMARY KEY, time INTEGER NOT NULL,\n" \
"  pid INTEGER NOT NULL, start_key INTEGER NOT NULL,\n" \
"  filename TEXT, command_line TEXT, error INTEGER);\n" \
create "denial (            -- a start that a rule denied or audited\n" \
"  id INTEGER PRIMARY KEY, time INTEGER NOT NULL,\n" \
"  pid INTEGER NOT NULL, start_key INTEGER NOT NULL,\n" \
"  image INTEGER REFERENCES image, command_line TEXT, rule TEXT, verdict TEXT,\n" \
"  status INTEGER);\n" \
STORE_ALERT(create) \
create "loss (              -- records that are missing\n" \
"  id INTEGER PRIMARY KEY, time INTEGER NOT NULL,\n" \
"  count INTEGER NOT NULL, type TEXT, reason TEXT);\n" \
"CREATE UNIQUE INDEX process_identity ON process (pid, start_key);\n" \
"CREATE INDEX process_start ON process (start);\n" \
"CREATE INDEX program_time ON program (time);\n"

#define STORE_TABLES STORE_BLOCKS STORE_INDEX_BY("CREATE TABLE ")


#define STORE_READABLE(column) \
"strftime('%Y-%m-%d %H:%M:%S', " column " / 1000000000, 'unixepoch') || " \
"printf('.%09d', " column " % 1000000000)"

/* Joins a process, its program, and the path of that; e: a table with pid and start_key. */
#define STORE_PROCESS \
"\nLEFT JOIN process AS p ON p.pid = e.pid AND p.start_key = e.start_key\n" \
"LEFT JOIN program AS g ON g.id = p.program LEFT JOIN image AS i ON i.id = g.image"

/* create: "CREATE VIEW " or "CREATE TEMP VIEW ". */
#define STORE_VIEWS_BY(create) \
create "processes AS         -- every process; times are UTC\n" \
"SELECT p.id, p.pid, p.parent_pid, " STORE_READABLE("p.start") " AS started,\n" \
"  " STORE_READABLE("p.end") " AS ended,\n" \
"  p.user, p.effective_user, g.name, i.path AS image, g.command_line, g.directory,\n" \
"  p.exit_code, p.signal, p.cpu_time / 1e9 AS cpu_seconds, p.max_memory,\n" \
"  p.start, p.end, p.start_key\n" \
"FROM process AS p LEFT JOIN program AS g ON g.id = p.program\n" \
"LEFT JOIN image AS i ON i.id = g.image;\n" \
create "programs AS          -- every program that was started\n" \
"SELECT e.id, " STORE_READABLE("e.time") " AS started, e.pid, p.parent_pid,\n" \
"  p.effective_user, i.path AS image, e.command_line, e.directory, e.filename,\n" \
"  p.exit_code, e.time\n" \
"FROM program AS e LEFT JOIN image AS i ON i.id = e.image\n" \
"LEFT JOIN process AS p ON p.pid = e.pid AND p.start_key = e.start_key;\n" \
create "threads AS\n" \
"SELECT e.id, " STORE_READABLE("e.time") " AS at, e.what, e.pid, e.tid,\n" \
"  printf('0x%x', e.start_address) AS start_address, e.exit_code, i.path AS image, e.time\n" \
"FROM thread AS e" STORE_PROCESS ";\n" \
create "images AS            -- every image load\n" \
"SELECT e.id, " STORE_READABLE("e.time") " AS at, e.pid, m.path AS loaded,\n" \
"  printf('0x%x', e.base) AS base, e.size, i.path AS image, g.command_line, e.time\n" \
"FROM load AS e LEFT JOIN image AS m ON m.id = e.image" STORE_PROCESS ";\n" \
create "remote_threads AS\n" \
"SELECT e.id, " STORE_READABLE("e.time") " AS at, e.pid, i.path AS image, e.target_pid,\n" \
"  e.tid, printf('0x%x', e.start_address) AS start_address, e.reason, e.time\n" \
"FROM remote_thread AS e" STORE_PROCESS ";\n" \
create "accesses AS\n" \
"SELECT e.id, " STORE_READABLE("e.time") " AS at, e.pid, i.path AS image, e.target_pid,\n" \
"  e.method, printf('0x%x', e.address) AS address, e.length, e.result, e.time\n" \
"FROM access AS e" STORE_PROCESS ";\n" \
create "credential_changes AS\n" \
"SELECT e.id, " STORE_READABLE("e.time") " AS at, e.pid, e.tid, i.path AS image,\n" \
"  e.user, e.effective_user, e.new_user, e.new_effective_user,\n" \
"  e.real_group, e.effective_group, e.new_real_group, e.new_effective_group,\n" \
"  printf('0x%x', e.capabilities) AS capabilities,\n" \
"  printf('0x%x', e.new_capabilities) AS new_capabilities, e.time\n" \
"FROM credential_change AS e" STORE_PROCESS ";\n" \
create "failed_execs AS\n" \
"SELECT e.id, " STORE_READABLE("e.time") " AS at, e.pid, i.path AS image, e.filename,\n" \
"  e.command_line, e.error, e.time\n" \
"FROM failed_exec AS e" STORE_PROCESS ";\n" \
create "denials AS\n" \
"SELECT e.id, " STORE_READABLE("e.time") " AS at, e.pid, i.path AS asked_by,\n" \
"  d.path AS image, e.command_line, e.rule, e.verdict, e.status, e.time\n" \
"FROM denial AS e LEFT JOIN image AS d ON d.id = e.image" STORE_PROCESS ";\n" \
STORE_ALERTS(create) \
create "losses AS\n" \
"SELECT id, " STORE_READABLE("time") " AS at, count, type, reason, time FROM loss;\n" \
create "recordings AS\n" \
"SELECT id, " STORE_READABLE("started") " AS started,\n" \
"  " STORE_READABLE("ended") " AS ended,\n" \
"  (SELECT sum(count) FROM block WHERE recording = recording.id) AS events\n" \
"FROM recording;\n"

#define STORE_VIEWS STORE_VIEWS_BY("CREATE VIEW ")
/* clang-format on */

#endif /* VIGIL_RECORDING_TABLES_H */
