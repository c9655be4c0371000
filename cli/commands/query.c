/* SPDX-License-Identifier: MIT */
/* query.c - `vigil query FILE SQL`: SQL queries on a recording. */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "common/cli.h"
#include "common/options.h"
#include "common/progress.h"
#include "os/os.h"
#include "recording/index.h"
#include "recording/tables.h"
#include "rows.h"

#define STEPS        1000       /* of SQLite's virtual machine between checks of cli_signal */
#define LOOK_MS      50         /* between two checks for changes */
#define PATIENCE_MS  2000       /* wait for a running recorder to make its tables */
#define VALUE_MAX    (64 << 20) /* maximum bytes of one value in a result */
#define QUESTION_MAX (1u << 20) /* bytes of a query from standard input */

struct query {
	struct options options;
	enum rows_format format;
	bool exact, schema;
	const char *path, *sql;
	struct progress progress;
};

static unsigned store_mode(const struct query *q)
{
	return STORE_READ | (q->options.how.trust_path ? STORE_TRUST_PATH : 0u);
}

static const char *const formats[] = {
	[ROWS_TABLE] = "table",
	[ROWS_CSV] = "csv",
	[ROWS_JSON] = "json",
	[ROWS_JSON + 1] = NULL,
};

static const struct options_line own_lines[] = {
	{ .name = "format",
	  .letter = 'f',
	  .value = "FORMAT",
	  OPTION_IN(CHOICE, struct query, format),
	  .words = formats,
	  .initial = "table",
	  .help = "format of the answer" },
	{ .name = "exact",
	  OPTION_IN(FLAG, struct query, exact),
	  .help = "with csv: text as it is. Without it an apostrophe is put before text that a "
		  "spreadsheet would run as a formula (that begins with = + - @, a tab and the "
		  "like)" },
	{ .name = "schema",
	  OPTION_IN(FLAG, struct query, schema),
	  .help = "print the tables and views that there are, explained" },
};
static const struct options_group own = OPTIONS_GROUP(own_lines);

static const struct options_section sections[] = { { .groups = { &options_trust, &own } } };

static int run_query(int argc, char **argv);

const struct options_command query_command = {
	.name = "query",
	.summary = "ask a recording questions in SQL",
	.run = run_query,
	.operands = "FILE",
	.before =
	    "usage: vigil query [OPTIONS] FILE SQL\n"
	    "\n"
	    "Asks a recording: SQL is one SELECT in SQLite's language; - is that from standard\n"
	    "input. The views processes, programs, threads, images, remote_threads, accesses,\n"
	    "credential_changes, failed_execs, denials, losses and recordings have what people "
	    "ask\n"
	    "for, with times in UTC. The answer never changes the recording. What is not in its\n"
	    "tables yet is added first.\n"
	    "at('2026-11-20 12:00') is a time in UTC as the columns start, end and time have it.\n",
	.after =
	    "\n"
	    "examples:\n"
	    "  vigil query a.vigil \"SELECT started, pid, command_line FROM programs\n"
	    "      WHERE time BETWEEN at('2026-11-20 12:00') AND at('2026-11-20 12:05')\n"
	    "      AND command_line LIKE '%curl%'\"\n"
	    "  vigil query a.vigil \"SELECT image, count(*) AS times, sum(cpu_seconds) AS cpu\n"
	    "      FROM processes GROUP BY image ORDER BY cpu DESC LIMIT 20\"\n"
	    "  vigil query a.vigil \"SELECT * FROM processes WHERE signal IS NOT NULL\"\n"
	    "  vigil query a.vigil \"SELECT DISTINCT loaded FROM images WHERE pid = 1234\"\n"
	    "  vigil query --format csv a.vigil \"SELECT * FROM losses\" >losses.csv\n",
	.sections = sections,
	.count = sizeof(sections) / sizeof(sections[0]),
};

/* Returns -1 to continue, otherwise the exit status. */
static int parse_query(struct query *q, int argc, char **argv)
{
	int status = options_parse(&query_command, &q->options, argc, argv);

	if (status >= 0 || (q->schema && optind == argc))
		return status;
	if (optind == argc)
		return cli_usage("query", "which file? For example: vigil query today.vigil "
					  "\"SELECT * FROM processes\"");
	if (optind + 1 == argc && !q->schema)
		return cli_usage("query", "what is the question? For example: \"SELECT * FROM "
					  "processes\"");
	if (optind + 2 < argc)
		return cli_usage("query", "one question, in quotes; not also `%s`",
				 argv[optind + 2]);
	q->path = argv[optind];
	q->sql = argv[optind + 1];
	return -1;
}

/* ---- the file ---- */

/* Opens the recording. *last: the newest block at this time. */
static int open_file(const struct query *q, sqlite3 **db, int64_t *last)
{
	struct vigil_error error;

	if (store_open(db, q->path, store_mode(q), &error) < 0)
		return cli_fail(&error);
	if (!*last)
		*last = index_last_block(*db);
	return EXIT_FINE;
}

/* Waits until a running recorder has made tables up to `last`. */
static bool recorder_makes_tables(sqlite3 *db, int64_t last)
{
	int64_t deadline = os_now_ms() + PATIENCE_MS;

	while (index_through(db) < last && os_now_ms() < deadline && !cli_signal)
		os_sleep_ms(LOOK_MS);
	return index_through(db) >= last;
}

/* Makes the missing tables: in the file, or in a separate database if the file is not writable. */
static int make_tables(struct query *q, sqlite3 **db, int64_t last)
{
	struct vigil_error error;
	enum vigil_code code;
	int status;

	store_close(*db);
	progress_begin(&q->progress, "making tables");
	code = index_file(q->path, q->options.how.trust_path, progress_of, &q->progress, &error);
	status = open_file(q, db, &last);
	if (status == EXIT_FINE && code == VIGIL_ERROR_USAGE)
		recorder_makes_tables(*db, last);
	if (status == EXIT_FINE && !cli_signal && index_through(*db) < last &&
	    index_apart(*db, q->path, progress_of, &q->progress, &error) < 0)
		status = cli_fail(&error);
	progress_end(&q->progress);
	return status;
}

/* Allows only reading: no ATTACH of other files, no pragma. */
static int allow(void *context, int action, const char *a, const char *b, const char *c,
		 const char *d)
{
	(void)context;
	(void)a;
	(void)c;
	(void)d;
	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_READ:
	case SQLITE_RECURSIVE:
		return SQLITE_OK;
	case SQLITE_FUNCTION:
		return b && sqlite3_stricmp(b, "load_extension") == 0 ? SQLITE_DENY : SQLITE_OK;
	default:
		return SQLITE_DENY;
	}
}

static int was_stopped(void *context)
{
	(void)context;
	return cli_signal != 0;
}

/* Limits of a query. The file has been checked to be a recording. */
static const struct {
	int limit, value;
} limits[] = {
	{ SQLITE_LIMIT_LENGTH, VALUE_MAX },          { SQLITE_LIMIT_COLUMN, 2000 },
	{ SQLITE_LIMIT_EXPR_DEPTH, 1000 },           { SQLITE_LIMIT_COMPOUND_SELECT, 500 },
	{ SQLITE_LIMIT_VDBE_OP, 1000000 },           { SQLITE_LIMIT_FUNCTION_ARG, 127 },
	{ SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50000 },
};

/* SQL function at('2026-11-20 12:00:00'): converts a readable time to the format of the columns. */
static void at_function(sqlite3_context *context, int count, sqlite3_value **values)
{
	sqlite3 *db = sqlite3_context_db_handle(context);
	sqlite3_stmt *statement;

	(void)count;
	if (sqlite3_prepare_v2(db, "SELECT strftime('%s', ?) * 1000000000", -1, &statement, NULL) !=
	    SQLITE_OK) {
		sqlite3_result_error_code(context, sqlite3_errcode(db));
		return;
	}
	sqlite3_bind_value(statement, 1, values[0]);
	if (sqlite3_step(statement) == SQLITE_ROW &&
	    sqlite3_column_type(statement, 0) != SQLITE_NULL)
		sqlite3_result_int64(context, sqlite3_column_int64(statement, 0));
	else
		sqlite3_result_error(context, "at() takes a time like '2026-11-20 12:00'", -1);
	sqlite3_finalize(statement);
}

/* Creates the views for this connection alone: views stored in the file are never used. */
static int prepare_connection(sqlite3 *db)
{
	int code;

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		sqlite3_limit(db, limits[i].limit, limits[i].value);
	code = sqlite3_exec(db, STORE_VIEWS_BY("CREATE TEMP VIEW "), NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_create_function(db, "at", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
					       NULL, at_function, NULL, NULL);
	sqlite3_set_authorizer(db, allow, NULL);
	sqlite3_progress_handler(db, STEPS, was_stopped, NULL);
	return code;
}

/* ---- the signal ---- */

/* A thread that interrupts SQLite after a signal: a single step, such as count(*), takes time
 * proportional to the table and observes only sqlite3_interrupt. */
struct watch {
	sqlite3 *db;
	pthread_t thread;
	atomic_bool ended;
};

static void *watch_signal(void *context)
{
	struct watch *watch = context;

	while (!atomic_load(&watch->ended)) {
		if (cli_signal)
			sqlite3_interrupt(watch->db);
		os_sleep_ms(LOOK_MS);
	}
	return NULL;
}

/* ---- the query ---- */

static int wrong(const struct query *q, sqlite3 *db)
{
	int code = sqlite3_errcode(db);
	struct vigil_error error;

	if (code == SQLITE_AUTH)
		return cli_usage("query", "a question reads: SELECT ..., and nothing else");
	if (code == SQLITE_ERROR)
		return cli_usage("query", "%s (`vigil query --schema` names what there is)",
				 sqlite3_errmsg(db));
	store_fail(&error, db, code, "read", q->path);
	return cli_fail(&error);
}

static int answer(struct query *q, sqlite3 *db)
{
	sqlite3_stmt *statement = NULL;
	const char *behind = "";
	struct rows rows;
	int code, status = EXIT_FINE;

	if (sqlite3_prepare_v3(db, q->sql, -1, SQLITE_PREPARE_NO_VTAB, &statement, &behind) !=
	    SQLITE_OK)
		return wrong(q, db);
	if (!statement || behind[strspn(behind, " \t\r\n;")]) {
		sqlite3_finalize(statement);
		return cli_usage("query", "one SELECT at a time");
	}
	rows_begin(&rows, q->format, q->exact, statement);
	while ((code = sqlite3_step(statement)) == SQLITE_ROW && status == EXIT_FINE)
		status = rows_add(&rows);
	if (status == EXIT_FINE && code != SQLITE_DONE && code != SQLITE_INTERRUPT)
		status = wrong(q, db);
	if (code == SQLITE_INTERRUPT)
		status = cli_signal ? 128 + cli_signal : wrong(q, db);
	if (status == EXIT_FINE)
		status = rows_end(&rows);
	else
		rows_end(&rows);
	sqlite3_finalize(statement);
	return status;
}

/* Reads the query from standard input. Returns an exit status; the caller frees *text. */
static int read_question(char **text)
{
	size_t length;

	*text = malloc(QUESTION_MAX + 1);
	if (!*text) {
		cli_say("no memory for the query");
		return EXIT_ERROR;
	}
	length = fread(*text, 1, QUESTION_MAX, stdin);
	(*text)[length] = '\0';
	if (ferror(stdin)) {
		cli_say("cannot read the query from standard input: %s", strerror(errno));
		return EXIT_ERROR;
	}
	if (length == QUESTION_MAX && getchar() != EOF)
		return cli_usage("query", "the query from standard input is longer than %u bytes",
				 QUESTION_MAX);
	return EXIT_FINE;
}

/* Prints the results until a signal comes. */
static int answer_watched(struct query *q, sqlite3 *db)
{
	struct watch watch = { .db = db };
	int status;

	if (pthread_create(&watch.thread, NULL, watch_signal, &watch) != 0) {
		cli_say("cannot start a thread");
		return EXIT_ERROR;
	}
	status = answer(q, db);
	atomic_store(&watch.ended, true);
	pthread_join(watch.thread, NULL);
	return status;
}

static int query(struct query *q)
{
	bool from_input = q->sql && strcmp(q->sql, "-") == 0;
	char *question = NULL;
	sqlite3 *db = NULL;
	int64_t last = 0;
	int status = from_input ? read_question(&question) : EXIT_FINE;

	if (status == EXIT_FINE)
		status = open_file(q, &db, &last);
	if (question)
		q->sql = question;
	if (status == EXIT_FINE && index_through(db) < last)
		status = make_tables(q, &db, last);
	if (status == EXIT_FINE && cli_signal)
		status = 128 + cli_signal;
	if (status == EXIT_FINE)
		status = prepare_connection(db) == SQLITE_OK ? answer_watched(q, db) : wrong(q, db);
	store_close(db);
	free(question);
	return status;
}

static int run_query(int argc, char **argv)
{
	struct query q = { 0 };
	int status;

	if (!options_open(&q.options, STDOUT_FILENO))
		return EXIT_ERROR;
	status = parse_query(&q, argc, argv);
	options_close(&q.options);
	if (status >= 0)
		return status;
	cli_catch_signals();
	if (q.schema) {
		cli_print_own(STORE_TABLES STORE_VIEWS);
		return EXIT_FINE;
	}
	return query(&q);
}
