/* SPDX-License-Identifier: MIT */
/* harness.h - what the driver's tests share: load it, read it, look at records. */
#ifndef TESTS_DRIVER_HARNESS_H
#define TESTS_DRIVER_HARNESS_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ntsim.h>

#include <cmocka.h>

#include <vigil/control.h>
#include <vigil/event.h>

DRIVER_INITIALIZE DriverEntry;

#define ID(handle) ((uint32_t)(uintptr_t)(handle))

/* Boots the default machine and loads the driver; the registry can be filled
 * between the two. */
void machine(const struct ntsim_config *config);
void load(void);
void unload(void); /* and shuts the machine down */

#define PARAMETERS L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\vigil\\Parameters"

HANDLE device(void); /* \\.\Vigil for reading and writing */

/* All records that are there now, in a buffer that the next call frees. */
struct stream_records {
	unsigned char *bytes;
	size_t size;
	size_t count;
	uint64_t last_seq;
};
struct stream_records *drain(HANDLE file);

const struct vigil_header *next(const struct stream_records *all, const struct vigil_header *at);
/* The n-th record of a type, from 0; NULL. */
const struct vigil_header *find(const struct stream_records *all, uint16_t type, size_t n);
size_t count(const struct stream_records *all, uint16_t type);
#define BODY(record, type) ((const struct type *)((record) + 1))

const struct vigil_part *part(const struct vigil_header *record, uint16_t kind);
/* Whether a part is this text, whole. */
bool part_is(const struct vigil_header *record, uint16_t kind, PCUNICODE_STRING text);

struct vigil_driver_statistics statistics(HANDLE file);
struct vigil_reader reader_ledger(HANDLE file);

/* Both ledgers add up. */
void conserved(HANDLE file);

/* Looks at the ledgers a last time, closes and unloads. */
void finish(HANDLE file);

NTSTATUS set(HANDLE file, enum vigil_setting setting, uint32_t value);

/* A request of rules, growing. */
struct rules_request {
	unsigned char *bytes;
	size_t size;
};
void rules_begin(struct rules_request *request);
void rules_add(struct rules_request *request, uint16_t kind, uint16_t verdict, PCUNICODE_STRING id,
	       PCUNICODE_STRING pattern);
/* With conditions: parent NULL or user_bytes 0 for any. */
struct rule_condition {
	uint16_t parent_kind;
	PCUNICODE_STRING parent;
	const void *user;
	uint16_t user_bytes;
};
void rules_add_for(struct rules_request *request, uint16_t kind, uint16_t verdict,
		   PCUNICODE_STRING id, PCUNICODE_STRING pattern,
		   const struct rule_condition *condition);
NTSTATUS rules_send(struct rules_request *request, HANDLE file, bool keep);

/* For tests of rules: an id, a program, two verdicts. */
#define ANY   NTSIM_STR(L"rule")
#define CMD   L"\\Device\\HarddiskVolume1\\Windows\\System32\\cmd.exe"
#define AUDIT VIGIL_VERDICT_AUDIT
#define DENY  VIGIL_VERDICT_DENY

/* A set of one rule. */
void rules_one(HANDLE file, uint16_t kind, uint16_t verdict, PCUNICODE_STRING pattern);

/* Whether such a program may start; one that does ends at once. */
bool starts(PCUNICODE_STRING image);

#endif
