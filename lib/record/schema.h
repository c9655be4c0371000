/* SPDX-License-Identifier: MIT */
/*
 * schema.h - the record, described once.
 *
 * The layout is in <vigil/event.h>, which the kernels share. Everything else that user space
 * knows about a type, a part or a field is one line in a list here. Each list is a macro that
 * applies its parameter X to every line; code that needs a list defines X and expands the macro:
 *
 *	SCHEMA_TYPES     names, body sizes, ECS categories       names.c decode.c get_event.c
 *	SCHEMA_PARTS     names, text or binary                   names.c decode.c
 *	SCHEMA_NUMBERS   what the process table keeps            process_numbers.h
 *	SCHEMA_FIELDS    field table, getters, JSON cache keys,  fields.c json_cache.c
 *	                 columns of recordings                   rows.c
 *	SCHEMA_IMPLIED   what JSON leaves out                    implied.c jsonl_implied.c
 *	SCHEMA_COMPACT   the compact profile of JSON             choice.c
 *	SCHEMA_STORED    JSON import                             fields.c
 *	SCHEMA_IDS       JSON import                             jsonl_record.c
 *
 * docs/record.md ("The schema") says how to add a field or an event type.
 */
#ifndef VIGIL_RECORD_SCHEMA_H
#define VIGIL_RECORD_SCHEMA_H

#include <vigil/vigil.h>

#include "record/subject.h"

/* The constants of event.h for the names that the lists use. */
#define SCHEMA_TYPE(type) VIGIL_EVENT_##type
#define SCHEMA_PART(part) VIGIL_PART_##part

/* What a part contains. */
enum part_content {
	PART_TEXT, /* in the record's encoding */
	PART_BINARY
};

/* clang-format off */

/*
 * Types: X(argument, type, body, longest body, name, kind, category, ECS type, action)
 *
 * body: the struct that every record of the type contains. longest body: the struct that the
 * newest sensors write; it begins with body, and header.fixed shows which of the two a record has.
 * name: the name in options and outputs. The last four are fields of the Elastic Common Schema;
 * the items of a list are separated by NULs. argument: passed to X unchanged.
 */
#define SCHEMA_TYPES(X, argument) \
X(argument, PROCESS_CREATE, vigil_process_body, vigil_process_body, "create", "event", "process", "start", "fork") \
X(argument, PROCESS_EXEC, vigil_process_body, vigil_process_body, "exec", "event", "process", "start", "exec") \
X(argument, PROCESS_EXIT, vigil_exit_body, vigil_exit_body, "exit", "event", "process", "end", "end") \
X(argument, THREAD_CREATE, vigil_thread_body, vigil_thread_body, "thread-create", "event", "process", "start", "thread_start") \
X(argument, THREAD_EXIT, vigil_thread_body, vigil_thread_end_body, "thread-exit", "event", "process", "end", "thread_end") \
X(argument, IMAGE_LOAD, vigil_image_body, vigil_image_body, "image", "event", "library", "start", "load") \
X(argument, DRIVER_LOAD, vigil_image_body, vigil_image_body, "driver", "event", "driver", "start", "load") \
X(argument, REMOTE_THREAD, vigil_thread_body, vigil_thread_body, "remote-thread", "event", "process", "change", "remote_thread") \
X(argument, PROCESS_ACCESS, vigil_access_body, vigil_access_body, "access", "event", "process", "access", "access") \
X(argument, PROCESS_DENIED, vigil_denied_body, vigil_denied_body, "denied", "alert", "process\0intrusion_detection", "denied", "denied") \
X(argument, LOST, vigil_lost_body, vigil_lost_by_body, "lost", "pipeline_error", "process", "info", "lost") \
X(argument, PROCESS_SNAPSHOT, vigil_process_body, vigil_process_body, "existing", "state", "process", "info", "existing") \
X(argument, THREAD_SNAPSHOT, vigil_thread_body, vigil_thread_body, "existing-thread", "state", "process", "info", "existing_thread") \
X(argument, SNAPSHOT_END, vigil_snapshot_body, vigil_snapshot_body, "snapshot-end", "state", "host", "info", "snapshot_end") \
X(argument, STATUS, vigil_status_body, vigil_status_body, "status", "event", "configuration", "change", "status") \
X(argument, CREDENTIALS, vigil_credentials_body, vigil_credentials_body, "credentials", "event", "process", "change", "credentials") \
X(argument, EXEC_FAILED, vigil_exec_failed_body, vigil_exec_failed_body, "exec-failed", "event", "process", "info", "exec_failed") \
X(argument, ALERT, vigil_alert_body, vigil_alert_body, "alert", "alert", "intrusion_detection\0process", "info", "alert")

/* Parts: X(part, name, content). */
#define SCHEMA_PARTS(X) \
X(IMAGE, "image", PART_TEXT) \
X(COMMAND_LINE, "command_line", PART_TEXT) \
X(ARGS, "args", PART_TEXT) \
X(DIRECTORY, "directory", PART_TEXT) \
X(FILENAME, "filename", PART_TEXT) \
X(ROOT, "root", PART_TEXT) \
X(CGROUP, "cgroup", PART_TEXT) \
X(NAME, "name", PART_TEXT) \
X(USER, "user", PART_BINARY) \
X(BUILD_ID, "build_id", PART_BINARY) \
X(RULE, "rule", PART_TEXT) \
X(TEXT, "text", PART_TEXT) \
X(HOST, "host", PART_TEXT) \
X(BACKEND, "backend", PART_TEXT) \
X(ACTOR_IMAGE, "actor_image", PART_TEXT) \
X(SHA256, "sha256", PART_BINARY) \
X(FILE_VERSION, "version", PART_TEXT) \
X(SIGNATURE, "signature", PART_TEXT) \
X(CGROUP_OTHERS, "cgroup_others", PART_TEXT) \
X(IDS, "ids", PART_BINARY) \
X(LEADERS, "leaders", PART_BINARY) \
X(ANCESTORS, "ancestors", PART_TEXT) \
X(ANCESTOR_NAMES, "ancestor_names", PART_TEXT) \
X(CONTAINER_INFO, "container_info", PART_TEXT) \
X(ENVIRONMENT, "environment", PART_TEXT) \
X(RULE_INFO, "rule_info", PART_TEXT) \
X(REFERENCES, "references", PART_TEXT) \
X(TAGS, "tags", PART_TEXT) \
X(MATCHED, "matched", PART_TEXT)

/* Numbers that struct vigil_process_body and struct vigil_process_info both contain, under the same name:
 * X(member, value that means unknown). */
#define SCHEMA_NUMBERS(X) \
X(attributes, 0) \
X(session, VIGIL_UNKNOWN) \
X(uid, VIGIL_UNKNOWN) \
X(gid, VIGIL_UNKNOWN) \
X(euid, VIGIL_UNKNOWN) \
X(egid, VIGIL_UNKNOWN) \
X(login_uid, VIGIL_UNKNOWN) \
X(integrity, VIGIL_UNKNOWN) \
X(ns_pid, VIGIL_UNKNOWN) \
X(tty, 0) \
X(cgroup, 0)

/* Sets of types. */
#define BIT(type)  VIGIL_TYPE_BIT(SCHEMA_TYPE(type))
#define ALL        VIGIL_TYPE_ALL
#define SUBJECTS   (VIGIL_TYPE_ALL & ~VIGIL_TYPES_SENSOR)
#define STARTS     VIGIL_TYPES_START
#define EXIT       BIT(PROCESS_EXIT)
#define LIVES      (STARTS | EXIT)
#define ALERTS     BIT(ALERT)
/* Types that have the properties of the parent. */
#define FULL       (LIVES | ALERTS)
#define THREADS    VIGIL_TYPES_THREAD
#define ANY_THREAD (THREADS | BIT(REMOTE_THREAD))
#define AIMED      (VIGIL_TYPES_AIMED | ALERTS)
#define IMAGES     (BIT(IMAGE_LOAD) | BIT(DRIVER_LOAD))
#define FILES      (BIT(DRIVER_LOAD) | BIT(PROCESS_DENIED))
#define NAMED_RULE (BIT(PROCESS_DENIED) | ALERTS)
#define DENIED     BIT(PROCESS_DENIED)
#define CREDS      BIT(CREDENTIALS)
#define FAILED     BIT(EXEC_FAILED)
/* Types whose records may have the part IDS. */
#define WITH_IDS   (EXIT | ANY_THREAD | IMAGES | BIT(PROCESS_ACCESS) | FAILED | ALERTS)

/*
 * Fields, in the order of the JSON: fields with a common prefix are
 * adjacent. Names without "vigil." are those of the Elastic Common Schema. A flag (BOOL) is
 * present only when it is true, any other field only when its value is known.
 *
 *	F(id, name, kind, types, run, description, source)   a value that the record has
 *	C(id, name, kind, types, run, description)           one that vigil_get_<id>() computes
 *
 * run: fields whose text the JSON writer caches together (json_cache.h); NONE: not cached.
 * source: where the value is, given by a macro of fields.h. The compiler checks that the body
 * has the member, and that all types of the field have the body.
 */
#define SCHEMA_FIELDS(F, C) \
F(timestamp, "@timestamp", TIME, ALL, NONE, "When it happened.", HEADER(time, 0)) \
C(ecs_version, "ecs.version", STRING, ALL, KIND, "Version of the Elastic Common Schema that the names follow.") \
C(event_kind, "event.kind", STRING, ALL, KIND, "What the event is: event, state (of what ran already), alert (a rule matched) or pipeline_error (records are missing).") \
C(event_category, "event.category", LIST, ALL, KIND, "What it is about: process, library, driver, configuration, host, intrusion_detection.") \
C(event_type, "event.type", LIST, ALL, KIND, "What happened to it: start, end, change, access, denied, allowed, info.") \
C(event_action, "event.action", STRING, ALL, KIND, "What was done, in one word.") \
C(event_outcome, "event.outcome", STRING, BIT(PROCESS_ACCESS) | DENIED | FAILED, KIND, "Whether it was done: success, failure or unknown.") \
C(event_module, "event.module", STRING, ALL, KIND, "Always vigil.") \
F(event_sequence, "event.sequence", UNSIGNED, ALL, NONE, "Counts every record of the sensor; where it jumps, records were lost or not asked for. An alert has that of the event that it is about.", HEADER(seq, 0)) \
C(event_severity, "event.severity", UNSIGNED, ALERTS, NONE, "Of an alert, from the level of its rule: informational 1, low 21, medium 47, high 73, critical 99.") \
F(failed_error_name, "error.code", STRING, FAILED, NONE, "Name of the error: ENOENT, EACCES, ENOEXEC, ... (Linux).", WORD_OF(vigil_exec_failed_body, error, vigil_exec_error_name)) \
F(message, "message", STRING, BIT(STATUS), NONE, "What the sensor says.", PART(TEXT)) \
C(host_name, "host.name", STRING, ALL, NONE, "Name of the machine.") \
C(host_os_type, "host.os.type", STRING, ALL, NONE, "linux or windows.") \
F(process_pid, "process.pid", UNSIGNED, SUBJECTS, ID, "PID of the process that the event is about: it starts, ends, loads or acts.", PID(vigil_subject_id)) \
F(process_vpid, "process.vpid", UNSIGNED, LIVES, ID, "Its PID as it sees it itself, inside its PID namespace.", PROCESS(ns_pid, VIGIL_UNKNOWN)) \
F(process_entity_id, "process.entity_id", STRING, SUBJECTS, ID, "Unique ID of the process, stable across PID reuse: made of host and boot, PID, start.", ENTITY(vigil_subject_id)) \
F(process_start, "process.start", TIME, SUBJECTS, ID, "When it started.", PROCESS(start, 0)) \
F(process_name, "process.name", STRING, SUBJECTS, PROGRAM, "Short name of the process.", SUBJECT(name, NAME)) \
F(process_executable, "process.executable", STRING, SUBJECTS, PROGRAM, "Path of the program that it runs, as the kernel resolved it.", SUBJECT(image, IMAGE)) \
F(process_command_line, "process.command_line", STRING, SUBJECTS, PROGRAM, "Its command line as one string.", SUBJECT(command, COMMAND_LINE)) \
F(process_working_directory, "process.working_directory", STRING, LIVES, PROGRAM, "Its working directory when the program began.", SUBJECT(directory, DIRECTORY)) \
C(process_args, "process.args", LIST, STARTS, NONE, "Its arguments, the program's name first (Linux).") \
C(process_args_count, "process.args_count", UNSIGNED, STARTS, NONE, "How many arguments process.args has.") \
F(process_environment, "process.env_vars", LIST, BIT(PROCESS_EXEC), NONE, "Variables of its environment that --env names, as NAME=VALUE (Linux).", PART(ENVIRONMENT)) \
C(process_end, "process.end", TIME, SUBJECTS, NONE, "When it ended.") \
C(process_uptime, "process.uptime", UNSIGNED, EXIT, NONE, "Whole seconds that it lived.") \
C(process_exit_code, "process.exit_code", UNSIGNED, EXIT, NONE, "Its exit code; left out where a signal ended it.") \
F(process_tty_major, "process.tty.char_device.major", UNSIGNED, LIVES, SESSION, "Controlling terminal: major number of the device.", TTY(MAJOR)) \
F(process_tty_minor, "process.tty.char_device.minor", UNSIGNED, LIVES, SESSION, "Controlling terminal: minor number of the device.", TTY(MINOR)) \
F(process_sha256, "process.hash.sha256", BINARY, STARTS, SESSION, "SHA-256 of the program's file, where it was asked for.", PART(SHA256)) \
F(process_signature_exists, "process.code_signature.exists", BOOL, STARTS, SESSION, "The program's file bears a signature, whatever that is worth (Windows, --signature).", TEST(vigil_is_signed, SIGNATURE)) \
F(process_signature_status, "process.code_signature.status", STRING, STARTS, SESSION, "What that is worth here: valid, unsigned, expired, revoked, untrusted, damaged, error.", ITEM_AT(SIGNATURE, 0)) \
F(process_signature_subject, "process.code_signature.subject_name", STRING, STARTS, SESSION, "Who signed it.", ITEM_AT(SIGNATURE, 1)) \
F(process_signature_valid, "process.code_signature.valid", BOOL, STARTS, SESSION, "The signature is good and trusted here.", TEST(vigil_is_signature_valid, SIGNATURE)) \
F(process_company, "process.pe.company", STRING, STARTS, SESSION, "Company that the program's file names in its version resource (Windows, --version-info).", ITEM(FILE_VERSION, "CompanyName")) \
F(process_description, "process.pe.description", STRING, STARTS, SESSION, "Description there.", ITEM(FILE_VERSION, "FileDescription")) \
F(process_version, "process.pe.file_version", STRING, STARTS, SESSION, "Version there.", ITEM(FILE_VERSION, "FileVersion")) \
F(process_original_name, "process.pe.original_file_name", STRING, STARTS, SESSION, "Name there, which stays when the file is renamed.", ITEM(FILE_VERSION, "OriginalFilename")) \
F(process_product, "process.pe.product", STRING, STARTS, SESSION, "Product there.", ITEM(FILE_VERSION, "ProductName")) \
C(process_thread_id, "process.thread.id", UNSIGNED, SUBJECTS & ~LIVES, NONE, "The thread that starts, ends or acts.") \
F(process_thread_name, "process.thread.name", STRING, THREADS, NONE, "Name of that thread.", PART(NAME)) \
C(ancestors, "process.Ext.ancestry", LIST, SUBJECTS, NONE, "Entity ids of its ancestors, the parent first, with --ancestors; up to the first process, or to the last that is known.") \
F(entry_leader_pid, "process.entry_leader.pid", UNSIGNED, LIVES, LEADERS, "PID of the process with which its session came into being: a service, a login, the first process of a container (Linux).", LEADER_PID(entry_leader)) \
F(entry_leader_entity_id, "process.entry_leader.entity_id", STRING, LIVES, LEADERS, "Unique ID of the entry leader.", LEADER_ENTITY(entry_leader)) \
C(entry_leader_type, "process.entry_leader.entry_meta.type", STRING, LIVES, LEADERS, "How it came into being, judged by the names of programs: init, sshd, ssm, container, terminal, console, kthread.") \
F(process_session_leader, "process.session_leader.pid", UNSIGNED, LIVES, LEADERS, "PID of the leader of its session (Linux).", PROCESS_OF(LINUX, session, VIGIL_UNKNOWN, 0)) \
F(session_leader_entity_id, "process.session_leader.entity_id", STRING, LIVES, LEADERS, "Unique ID of the session leader.", LEADER_ENTITY(session_leader)) \
F(group_leader_pid, "process.group_leader.pid", UNSIGNED, LIVES, LEADERS, "PID of the leader of its process group at its start (Linux).", LEADER_PID(group_leader)) \
F(group_leader_entity_id, "process.group_leader.entity_id", STRING, LIVES, LEADERS, "Unique ID of the group leader.", LEADER_ENTITY(group_leader)) \
F(parent_pid, "process.parent.pid", UNSIGNED, SUBJECTS, PARENT, "Who started it, even if that process has ended since.", PID(vigil_parent_id)) \
F(parent_entity_id, "process.parent.entity_id", STRING, SUBJECTS, PARENT, "Unique ID of the parent.", ENTITY(vigil_parent_id)) \
F(parent_name, "process.parent.name", STRING, FULL, PARENT, "Short name of the parent.", KNOWN(parent, name)) \
F(parent_executable, "process.parent.executable", STRING, FULL, PARENT, "Path of the parent's program.", KNOWN(parent, image)) \
F(parent_command_line, "process.parent.command_line", STRING, FULL, PARENT, "Command line of the parent.", KNOWN(parent, command)) \
C(parent_start, "process.parent.start", TIME, FULL, PARENT, "When the parent started.") \
C(user_id, "user.id", STRING, SUBJECTS, USERS, "Real user of the process at that moment: number, or SID on Windows.") \
C(user_name, "user.name", STRING, SUBJECTS, USERS, "Name of that user on the machine that prints.") \
C(user_domain, "user.domain", STRING, SUBJECTS, USERS, "Domain, or machine, of that user (Windows).") \
C(effective_user_id, "user.effective.id", STRING, SUBJECTS, USERS, "User whose rights the process has at that moment.") \
C(effective_user_name, "user.effective.name", STRING, SUBJECTS, USERS, "Name of that user on the machine that prints.") \
C(effective_group_id, "user.effective.group.id", STRING, LIVES | CREDS, USERS, "Group whose rights the process has.") \
C(effective_group_name, "user.effective.group.name", STRING, LIVES | CREDS, USERS, "Name of that group on the machine that prints.") \
C(changed_user_id, "user.changes.id", STRING, CREDS, USERS, "New real user, where it is another one (Linux).") \
C(changed_user_name, "user.changes.name", STRING, CREDS, USERS, "Name of that user on the machine that prints.") \
C(changed_effective_user_id, "user.changes.effective.id", STRING, CREDS, USERS, "New effective user, where it is another one (Linux).") \
C(changed_effective_user_name, "user.changes.effective.name", STRING, CREDS, USERS, "Name of that user on the machine that prints.") \
C(changed_effective_group_id, "user.changes.effective.group.id", STRING, CREDS, USERS, "New effective group, where it is another one (Linux).") \
C(changed_effective_group_name, "user.changes.effective.group.name", STRING, CREDS, USERS, "Name of that group on the machine that prints.") \
C(changed_group_id, "user.changes.group.id", STRING, CREDS, USERS, "New real group, where it is another one (Linux).") \
C(changed_group_name, "user.changes.group.name", STRING, CREDS, USERS, "Name of that group on the machine that prints.") \
C(group_id, "group.id", STRING, LIVES | CREDS, USERS, "Real group of the process.") \
C(group_name, "group.name", STRING, LIVES | CREDS, USERS, "Name of that group on the machine that prints.") \
F(container_id, "container.id", STRING, SUBJECTS, NONE, "Container in which the process runs: its id, or its name where the runtime has only names (LXC, Incus). Taken from the paths of its control groups.", KNOWN(process, container)) \
F(container_image, "container.image.name", STRING, SUBJECTS, NONE, "Image that the container runs, as its runtime has written down (--container-info).", INFO("image")) \
F(container_name, "container.name", STRING, SUBJECTS, NONE, "Name of the container, likewise.", INFO("name")) \
F(container_runtime, "container.runtime", STRING, SUBJECTS, NONE, "Its runtime: docker, podman, cri-o, containerd.", INFO("runtime")) \
F(orchestrator_namespace, "orchestrator.namespace", STRING, SUBJECTS, NONE, "Kubernetes namespace of the container's pod.", INFO("namespace")) \
F(orchestrator_pod_uid, "orchestrator.resource.id", STRING, SUBJECTS, NONE, "UID of the pod.", INFO("pod_uid")) \
F(orchestrator_pod, "orchestrator.resource.name", STRING, SUBJECTS, NONE, "Name of the pod.", INFO("pod")) \
C(orchestrator_type, "orchestrator.resource.type", STRING, SUBJECTS, NONE, "Always pod.") \
C(orchestrator, "orchestrator.type", STRING, SUBJECTS, NONE, "Always kubernetes.") \
F(dll_path, "dll.path", STRING, BIT(IMAGE_LOAD), NONE, "Path of the program, library or other code that was mapped.", PART(IMAGE)) \
C(dll_name, "dll.name", STRING, BIT(IMAGE_LOAD), NONE, "Last element of dll.path.") \
F(dll_sha256, "dll.hash.sha256", BINARY, BIT(IMAGE_LOAD), LIBRARY, "SHA-256 of the file that was mapped, where it was asked for.", PART(SHA256)) \
F(dll_signature_exists, "dll.code_signature.exists", BOOL, BIT(IMAGE_LOAD), LIBRARY, "The file bears a signature, whatever that is worth (Windows, --signature).", TEST(vigil_is_signed, SIGNATURE)) \
F(dll_signature_status, "dll.code_signature.status", STRING, BIT(IMAGE_LOAD), LIBRARY, "What that is worth here: valid, unsigned, expired, revoked, untrusted, damaged, error.", ITEM_AT(SIGNATURE, 0)) \
F(dll_signature_subject, "dll.code_signature.subject_name", STRING, BIT(IMAGE_LOAD), LIBRARY, "Who signed it.", ITEM_AT(SIGNATURE, 1)) \
F(dll_signature_valid, "dll.code_signature.valid", BOOL, BIT(IMAGE_LOAD), LIBRARY, "The signature is good and trusted here.", TEST(vigil_is_signature_valid, SIGNATURE)) \
F(dll_company, "dll.pe.company", STRING, BIT(IMAGE_LOAD), LIBRARY, "Company that the file names in its version resource (Windows, --version-info).", ITEM(FILE_VERSION, "CompanyName")) \
F(dll_description, "dll.pe.description", STRING, BIT(IMAGE_LOAD), LIBRARY, "Description there.", ITEM(FILE_VERSION, "FileDescription")) \
F(dll_version, "dll.pe.file_version", STRING, BIT(IMAGE_LOAD), LIBRARY, "Version there.", ITEM(FILE_VERSION, "FileVersion")) \
F(dll_original_name, "dll.pe.original_file_name", STRING, BIT(IMAGE_LOAD), LIBRARY, "Name there, which stays when the file is renamed.", ITEM(FILE_VERSION, "OriginalFilename")) \
F(dll_product, "dll.pe.product", STRING, BIT(IMAGE_LOAD), LIBRARY, "Product there.", ITEM(FILE_VERSION, "ProductName")) \
F(file_path, "file.path", STRING, FILES | ALERTS, NONE, "Path of the driver or module, of the program that was not to start, or of the file whose load an alert is about.", PART(IMAGE)) \
C(file_name, "file.name", STRING, FILES, NONE, "Last element of file.path; the name of a Linux module, which has no path.") \
C(file_inode, "file.inode", STRING, FILES, NONE, "Inode of that file.") \
F(file_sha256, "file.hash.sha256", BINARY, BIT(DRIVER_LOAD), NONE, "SHA-256 of the driver's file, where it was asked for.", PART(SHA256)) \
F(file_signature_exists, "file.code_signature.exists", BOOL, BIT(DRIVER_LOAD), NONE, "The driver's file bears a signature, whatever that is worth (Windows, --signature).", TEST(vigil_is_signed, SIGNATURE)) \
F(file_signature_status, "file.code_signature.status", STRING, BIT(DRIVER_LOAD), NONE, "What that is worth here: valid, unsigned, expired, revoked, untrusted, damaged, error.", ITEM_AT(SIGNATURE, 0)) \
F(file_signature_subject, "file.code_signature.subject_name", STRING, BIT(DRIVER_LOAD), NONE, "Who signed it.", ITEM_AT(SIGNATURE, 1)) \
F(file_signature_valid, "file.code_signature.valid", BOOL, BIT(DRIVER_LOAD), NONE, "The signature is good and trusted here.", TEST(vigil_is_signature_valid, SIGNATURE)) \
F(file_company, "file.pe.company", STRING, BIT(DRIVER_LOAD), NONE, "Company that the driver's file names in its version resource (Windows, --version-info).", ITEM(FILE_VERSION, "CompanyName")) \
F(file_description, "file.pe.description", STRING, BIT(DRIVER_LOAD), NONE, "Description there.", ITEM(FILE_VERSION, "FileDescription")) \
F(file_version, "file.pe.file_version", STRING, BIT(DRIVER_LOAD), NONE, "Version there.", ITEM(FILE_VERSION, "FileVersion")) \
F(file_original_name, "file.pe.original_file_name", STRING, BIT(DRIVER_LOAD), NONE, "Name there, which stays when the file is renamed.", ITEM(FILE_VERSION, "OriginalFilename")) \
F(file_product, "file.pe.product", STRING, BIT(DRIVER_LOAD), NONE, "Product there.", ITEM(FILE_VERSION, "ProductName")) \
F(rule_author, "rule.author", STRING, ALERTS, NONE, "Who wrote the detection rule.", ITEM(RULE_INFO, "author")) \
F(rule_description, "rule.description", STRING, ALERTS, NONE, "What it finds.", ITEM(RULE_INFO, "description")) \
F(rule_id, "rule.id", STRING, ALERTS, NONE, "Id of the detection rule that matched.", PART(RULE)) \
F(rule_license, "rule.license", STRING, ALERTS, NONE, "License of that rule.", ITEM(RULE_INFO, "license")) \
C(rule_name, "rule.name", STRING, NAMED_RULE, NONE, "Title of that rule; of a start that was denied, the id of the rule that denied it.") \
F(rule_reference, "rule.reference", LIST, ALERTS, NONE, "Where to read more about it.", PART(REFERENCES)) \
F(target_pid, "Target.process.pid", UNSIGNED, AIMED, NONE, "Process that is acted upon.", PID(vigil_target_id)) \
F(target_entity_id, "Target.process.entity_id", STRING, AIMED, NONE, "Its unique ID.", ENTITY(vigil_target_id)) \
F(target_name, "Target.process.name", STRING, AIMED, NONE, "Its short name.", KNOWN(target, name)) \
F(target_executable, "Target.process.executable", STRING, AIMED, NONE, "Path of its program.", KNOWN(target, image)) \
F(target_command_line, "Target.process.command_line", STRING, AIMED, NONE, "Its command line.", KNOWN(target, command)) \
C(target_thread_id, "Target.process.thread.id", UNSIGNED, VIGIL_TYPES_AIMED, NONE, "Thread that was made in it, or taken hold of.") \
F(target_start_address, "Target.process.thread.Ext.start_address", HEX, BIT(REMOTE_THREAD), NONE, "Where that thread begins to run.", BODY(vigil_thread_body, start_address, 0)) \
C(threat_framework, "threat.framework", STRING, ALERTS, NONE, "MITRE ATT&CK, if the rule has tags of it.") \
C(threat_group, "threat.group.id", LIST, ALERTS, NONE, "Groups in these tags: G0016.") \
C(threat_software, "threat.software.id", LIST, ALERTS, NONE, "Software in these tags: S0154.") \
C(threat_tactic_id, "threat.tactic.id", LIST, ALERTS, NONE, "Tactics in these tags: TA0002.") \
C(threat_tactic, "threat.tactic.name", LIST, ALERTS, NONE, "Their names.") \
C(threat_technique, "threat.technique.id", LIST, ALERTS, NONE, "Techniques in these tags: T1059.") \
C(threat_subtechnique, "threat.technique.subtechnique.id", LIST, ALERTS, NONE, "Sub-techniques in these tags: T1059.004.") \
C(vulnerability_id, "vulnerability.id", LIST, ALERTS, NONE, "Vulnerabilities in the tags of the rule: CVE-2021-44228.") \
C(vigil_type, "vigil.type", STRING, ALL, NONE, "Type of the event, as options write it.") \
C(line_format, "vigil.format", UNSIGNED, ALL, NONE, "Version of the rules by which JSON leaves out fields that the rest of the line implies: 2. Lines of which fields were chosen have none.") \
F(cpu, "vigil.cpu", UNSIGNED, ALL, NONE, "Logical processor on which it happened.", HEADER(cpu, 0xffff)) \
F(monotonic, "vigil.monotonic", DURATION, ALL, NONE, "When it happened, by a clock that starts at boot and is never set.", HEADER(mono, 0)) \
F(late, "vigil.late", BOOL, ALL, QUALITY, "Delivered after an event with a later time.", HEADER_FLAG(VIGIL_RECORD_LATE)) \
F(incomplete, "vigil.incomplete", BOOL, ALL, QUALITY, "Something that exists could not be read; vigil.unreadable says what.", HEADER_FLAG(VIGIL_RECORD_INCOMPLETE)) \
C(unreadable, "vigil.unreadable", LIST, ALL, QUALITY, "Parts of the record whose memory could not be read; what there is of one comes from the pages that could.") \
C(too_late, "vigil.too_late", LIST, ALL, QUALITY, "Parts of the record that were requested from a file, and were not ready in time.") \
C(cut_head, "vigil.cut_head", LIST, ALL, QUALITY, "Parts of the record whose beginning is missing; vigil.cut has their full length, if it is known.") \
C(path_source, "vigil.path_source", STRING, STARTS | IMAGES | DENIED, QUALITY, "Where the path was learned: kernel, notify, file, filter, cache, query, perf.") \
F(build_id, "vigil.build_id", BINARY, BIT(IMAGE_LOAD), NONE, "GNU build id of the ELF file, of image loads alone (Linux).", PART(BUILD_ID)) \
F(actor_pid, "vigil.actor.pid", UNSIGNED, SUBJECTS, ACTOR, "Process in whose context it happened, where it is another: the creator.", PID(vigil_other_actor)) \
F(actor_entity_id, "vigil.actor.entity_id", STRING, SUBJECTS, ACTOR, "Unique ID of that process.", ENTITY(vigil_other_actor)) \
C(actor_name, "vigil.actor.name", STRING, SUBJECTS, ACTOR, "Its short name.") \
C(actor_executable, "vigil.actor.executable", STRING, SUBJECTS, ACTOR, "Path of its program.") \
C(actor_thread, "vigil.actor.thread.id", UNSIGNED, SUBJECTS, ACTOR, "Thread in whose context it happened.") \
C(ancestor_names, "vigil.process.ancestors", LIST, SUBJECTS, NONE, "Names of the ancestors in process.Ext.ancestry when the process started; empty where unknown.") \
C(parent_now, "vigil.process.parent_now", UNSIGNED, LIVES, NONE, "PID of the present parent, where the process was given another.") \
C(args_lengths, "vigil.process.args_lengths", STRING, STARTS, NONE, "Bytes of each argument, where process.command_line is not process.args with a blank between any two (Linux).") \
C(filename, "vigil.process.filename", STRING, LIVES, NONE, "What exec was called with, where that is not process.executable: the script, a relative path.") \
F(root, "vigil.process.root", STRING, STARTS, TRAITS, "Its root directory, where that is not the usual one.", PART(ROOT)) \
F(is_kernel, "vigil.process.kernel", BOOL, LIVES, TRAITS, "Kernel thread or system process.", PROCESS_FLAG(VIGIL_PROCESS_KERNEL)) \
F(is_vfork, "vigil.process.vfork", BOOL, LIVES, TRAITS, "Its creator waits until it runs a program or ends.", PROCESS_FLAG(VIGIL_PROCESS_VFORK)) \
F(is_shared_memory, "vigil.process.shared_memory", BOOL, LIVES, TRAITS, "Shares its creator's memory, and is no vfork.", PROCESS_FLAG(VIGIL_PROCESS_SHARED_MM)) \
F(is_deleted, "vigil.process.deleted", BOOL, LIVES, TRAITS, "The file of its program has no name any more.", PROCESS_FLAG(VIGIL_PROCESS_DELETED)) \
F(is_memory_only, "vigil.process.memory_only", BOOL, LIVES, TRAITS, "The file of its program lives in memory alone.", PROCESS_FLAG(VIGIL_PROCESS_MEMORY_ONLY)) \
F(is_script, "vigil.process.script", BOOL, LIVES, TRAITS, "A script: process.executable is its interpreter.", PROCESS_FLAG(VIGIL_PROCESS_SCRIPT)) \
F(is_elevated, "vigil.process.elevated", BOOL, LIVES, TRAITS, "Its program raised its rights: set-user-id, file capabilities.", PROCESS_FLAG(VIGIL_PROCESS_ELEVATED)) \
F(is_subsystem, "vigil.process.subsystem", BOOL, LIVES, TRAITS, "Belongs to a subsystem, such as WSL 1.", PROCESS_FLAG(VIGIL_PROCESS_SUBSYSTEM)) \
F(is_by_thread, "vigil.process.by_thread", BOOL, LIVES, TRAITS, "exec was called by a thread that was not the first.", PROCESS_FLAG(VIGIL_PROCESS_BY_THREAD)) \
F(is_ended_early, "vigil.process.ended_early", BOOL, LIVES, TRAITS, "Ended before the list of what runs came to it.", PROCESS_FLAG(VIGIL_PROCESS_ENDED_EARLY)) \
F(session, "vigil.process.session", UNSIGNED, LIVES, TRAITS, "Id of its session (Windows).", PROCESS_OF(WINDOWS, session, VIGIL_UNKNOWN, VIGIL_UNKNOWN)) \
F(integrity, "vigil.process.integrity", UNSIGNED, LIVES, TRAITS, "Mandatory integrity level (Windows).", PROCESS_OF(WINDOWS, integrity, VIGIL_UNKNOWN, VIGIL_UNKNOWN)) \
F(login_user_id, "vigil.process.login_user.id", STRING, LIVES, TRAITS, "Who logged in, kept over su and sudo (Linux).", PROCESS_OF(LINUX, login_uid, VIGIL_UNKNOWN, VIGIL_UNKNOWN)) \
F(login_user_name, "vigil.process.login_user.name", STRING, LIVES, TRAITS, "Name of that user on the machine that prints.", USER_NAME(login_uid)) \
F(capabilities, "vigil.process.capabilities", HEX, STARTS, TRAITS, "Effective capabilities as a mask (Linux).", LINUX_COUNT(vigil_process_body, capabilities)) \
F(process_device, "vigil.process.device", STRING, STARTS, TRAITS, "Device of the program's file, major:minor.", DEVICE(vigil_process_body, device)) \
F(process_inode, "vigil.process.inode", STRING, STARTS, TRAITS, "Inode of the program's file.", BODY(vigil_process_body, inode, 0)) \
F(tracer_pid, "vigil.process.tracer.pid", UNSIGNED, STARTS, TRAITS, "Process that debugs it.", BODY_PID(vigil_process_body, tracer)) \
F(tracer_entity_id, "vigil.process.tracer.entity_id", STRING, STARTS, TRAITS, "Unique ID of the tracer.", BODY_ENTITY(vigil_process_body, tracer)) \
F(cgroup_id, "vigil.cgroup.id", STRING, LIVES, NONE, "Id of its control group (Linux).", PROCESS(cgroup, 0)) \
F(cgroup_path, "vigil.cgroup.path", STRING, LIVES, NONE, "Path of its control group (Linux).", SHOWN(cgroup_path, CGROUP)) \
F(cgroup_others, "vigil.cgroup.others", LIST, LIVES, NONE, "Its paths in other control group hierarchies (version 1), where they differ (Linux).", SHOWN(cgroup_others, CGROUP_OTHERS)) \
C(container_labels, "vigil.container.labels", LIST, SUBJECTS, NONE, "Labels of the container as its runtime has written them down, each KEY=VALUE (docker, CRI-O).") \
F(machine, "vigil.machine", STRING, SUBJECTS, NONE, "Name of the machine in which the process runs, or for which it works: systemd-nspawn, libvirt (Linux).", KNOWN(process, machine)) \
F(ns_mnt, "vigil.namespace.mnt", UNSIGNED, STARTS, NAMESPACES, "Inode of its mount namespace, where that is not the machine's first one (Linux).", NAMESPACE(ns_mnt, 0xeffffff8u)) \
F(ns_pid, "vigil.namespace.pid", UNSIGNED, STARTS, NAMESPACES, "Inode of its PID namespace, where that is not the machine's first one (Linux).", NAMESPACE(ns_pid_ns, 0xeffffffcu)) \
F(ns_net, "vigil.namespace.net", UNSIGNED, STARTS, NAMESPACES, "Inode of its network namespace, where that is not the machine's first one (Linux).", NAMESPACE(ns_net, 0xeffffff9u)) \
F(ns_user, "vigil.namespace.user", UNSIGNED, STARTS, NAMESPACES, "Inode of its user namespace, where that is not the machine's first one (Linux).", NAMESPACE(ns_user, 0xeffffffdu)) \
F(ns_uts, "vigil.namespace.uts", UNSIGNED, STARTS, NAMESPACES, "Inode of its host name namespace, where that is not the machine's first one (Linux).", NAMESPACE(ns_uts, 0xeffffffeu)) \
F(ns_ipc, "vigil.namespace.ipc", UNSIGNED, STARTS, NAMESPACES, "Inode of its IPC namespace, where that is not the machine's first one (Linux).", NAMESPACE(ns_ipc, 0xefffffffu)) \
F(ns_cgroup, "vigil.namespace.cgroup", UNSIGNED, STARTS, NAMESPACES, "Inode of its control group namespace, where that is not the machine's first one (Linux).", NAMESPACE(ns_cgroup, 0xeffffffbu)) \
F(ns_time, "vigil.namespace.time", UNSIGNED, STARTS, NAMESPACES, "Inode of its time namespace, where that is not the machine's first one (Linux).", NAMESPACE(ns_time, 0xeffffffau)) \
F(exit_signal, "vigil.exit.signal", UNSIGNED, EXIT, NONE, "Signal that ended the process (Linux).", BODY(vigil_exit_body, signal, 0)) \
F(exit_signal_name, "vigil.exit.signal_name", STRING, EXIT, NONE, "Name of that signal.", WORD_OF(vigil_exit_body, signal, vigil_signal_name)) \
F(exit_core, "vigil.exit.core", BOOL, EXIT, NONE, "A core was dumped.", FLAG(vigil_exit_body, VIGIL_EXIT_CORE)) \
F(exit_cpu_unknown, "vigil.exit.cpu_unknown", BOOL, EXIT, NONE, "Its CPU times are not known: more than 128 of its threads had not been released yet (Linux).", FLAG(vigil_exit_body, VIGIL_EXIT_CPU_UNKNOWN)) \
F(exit_lifetime, "vigil.exit.lifetime", DURATION, EXIT, NONE, "How long it lived.", BODY(vigil_exit_body, lifetime, 0)) \
F(exit_cpu_time, "vigil.exit.cpu_time", DURATION, EXIT, NONE, "CPU time of all its threads, as the scheduler measured it; on Linux the sum of the next two.", BODY(vigil_exit_body, cpu_time, 0)) \
C(exit_user_time, "vigil.exit.user_time", DURATION, EXIT, NONE, "CPU time in user mode, as the system accounts it (Linux: as wait4 reports it).") \
C(exit_system_time, "vigil.exit.system_time", DURATION, EXIT, NONE, "CPU time in the kernel, likewise.") \
F(exit_max_memory, "vigil.exit.max_memory", UNSIGNED, EXIT, NONE, "Largest resident size in bytes.", BODY(vigil_exit_body, max_memory, 0)) \
F(thread_vtid, "vigil.thread.vtid", UNSIGNED, ANY_THREAD, NONE, "Thread id as the thread sees it itself.", BODY(vigil_thread_body, ns_tid, VIGIL_UNKNOWN)) \
F(thread_start_address, "vigil.thread.start_address", HEX, THREADS, NONE, "Where it begins to run.", BODY(vigil_thread_body, start_address, 0)) \
C(thread_start_module, "vigil.thread.start_module", STRING, ANY_THREAD, NONE, "Image in which that is; needs image events to be recorded as well.") \
C(thread_start_offset, "vigil.thread.start_offset", HEX, ANY_THREAD, NONE, "Where in that image.") \
C(thread_unbacked, "vigil.thread.unbacked", BOOL, ANY_THREAD, NONE, "It starts outside every image of its process, all of which were reported: injected code.") \
F(thread_origin, "vigil.thread.origin", STRING, ANY_THREAD, NONE, "Who made it: first, local, remote, system.", WORD(vigil_thread_body, origin, vigil_origin_name)) \
F(thread_reason, "vigil.thread.reason", STRING, BIT(REMOTE_THREAD), NONE, "Why a remote thread may be legitimate: debugger, csrss, services, wmi.", WORD(vigil_thread_body, reason, vigil_reason_name)) \
F(thread_by_parent, "vigil.thread.by_parent", BOOL, BIT(REMOTE_THREAD), NONE, "The creator is the parent of the target.", FLAG(vigil_thread_body, VIGIL_THREAD_PARENT_CREATOR)) \
F(thread_kernel, "vigil.thread.kernel", BOOL, ANY_THREAD, NONE, "Kernel or system thread.", FLAG(vigil_thread_body, VIGIL_THREAD_KERNEL)) \
C(thread_exit_code, "vigil.thread.exit_code", UNSIGNED, BIT(THREAD_EXIT), NONE, "Its exit code; left out where a signal ended it.") \
F(thread_signal, "vigil.thread.signal", UNSIGNED, BIT(THREAD_EXIT), NONE, "Signal that ended it (Linux).", BODY(vigil_thread_body, signal, 0)) \
F(thread_cpu_time, "vigil.thread.cpu_time", DURATION, BIT(THREAD_EXIT), NONE, "CPU time of this thread.", BODY(vigil_thread_body, cpu_time, 0)) \
F(thread_lifetime, "vigil.thread.lifetime", DURATION, BIT(THREAD_EXIT), NONE, "How long it lived (Windows).", BODY(vigil_thread_end_body, lifetime, 0)) \
F(thread_creator_entity_id, "vigil.thread.creator.entity_id", STRING, BIT(THREAD_EXIT), NONE, "Identifies the process that made it (Windows).", BODY_ENTITY(vigil_thread_end_body, creator)) \
F(thread_creator_pid, "vigil.thread.creator.pid", UNSIGNED, BIT(THREAD_EXIT), NONE, "Process that made it (Windows).", BODY(vigil_thread_end_body, creator.pid, 0)) \
F(thread_creator_tid, "vigil.thread.creator.thread.id", UNSIGNED, BIT(THREAD_EXIT), NONE, "Thread that made it (Windows).", BODY(vigil_thread_end_body, creator.tid, 0)) \
F(image_base, "vigil.image.base", HEX, IMAGES, NONE, "Address at which it is mapped.", BODY(vigil_image_body, base, 0)) \
F(image_size, "vigil.image.size", UNSIGNED, IMAGES, NONE, "Size of the mapping in bytes.", BODY(vigil_image_body, size, 0)) \
F(image_offset, "vigil.image.offset", UNSIGNED, BIT(IMAGE_LOAD), NONE, "Where in the file the mapping begins (Linux).", LINUX_COUNT(vigil_image_body, offset)) \
F(image_device, "vigil.image.device", STRING, IMAGES, NONE, "Device of the file, major:minor.", DEVICE(vigil_image_body, device)) \
F(image_inode, "vigil.image.inode", STRING, BIT(IMAGE_LOAD), NONE, "Inode of the file.", BODY(vigil_image_body, inode, 0)) \
F(image_generation, "vigil.image.generation", STRING, IMAGES, NONE, "Generation of the inode.", BODY(vigil_image_body, generation, 0)) \
F(image_deleted, "vigil.image.deleted", BOOL, IMAGES, NONE, "The file has no name any more.", FLAG(vigil_image_body, VIGIL_IMAGE_DELETED)) \
F(image_maybe_deleted, "vigil.image.maybe_deleted", BOOL, IMAGES, NONE, "The path ends in (deleted) after a blank: the file has no name any more, or that is its name.", FLAG(vigil_image_body, VIGIL_IMAGE_MAYBE_DELETED)) \
F(image_anonymous, "vigil.image.anonymous", BOOL, IMAGES, NONE, "Executable memory without a file: the first of its kind in this program (Linux).", FLAG(vigil_image_body, VIGIL_IMAGE_ANONYMOUS)) \
F(image_memory_only, "vigil.image.memory_only", BOOL, IMAGES, NONE, "The file lives in memory alone.", FLAG(vigil_image_body, VIGIL_IMAGE_MEMORY_ONLY)) \
F(image_all_processes, "vigil.image.all_processes", BOOL, IMAGES, NONE, "Mapped in every process (Windows).", FLAG(vigil_image_body, VIGIL_IMAGE_ALL_PIDS)) \
F(image_partial, "vigil.image.partial", BOOL, IMAGES, NONE, "Mapped in part (Windows).", FLAG(vigil_image_body, VIGIL_IMAGE_PARTIAL)) \
F(image_other_machine, "vigil.image.other_machine", BOOL, IMAGES, NONE, "Of another architecture than the process, so its code cannot run there (Windows).", FLAG(vigil_image_body, VIGIL_IMAGE_OTHER_MACHINE)) \
F(image_tainted, "vigil.image.tainted", BOOL, IMAGES, NONE, "Module that is not signed, or from outside the kernel's tree (Linux).", FLAG(vigil_image_body, VIGIL_IMAGE_TAINTED)) \
F(image_protection, "vigil.image.protection", STRING, IMAGES, NONE, "Rights of the mapping: r, w, x.", WORD(vigil_image_body, protection, vigil_protection_name)) \
F(image_signature_level, "vigil.image.signature_level", UNSIGNED, IMAGES, NONE, "Signing level (Windows).", BODY(vigil_image_body, signature_level, 0xff)) \
F(image_signature_type, "vigil.image.signature_type", UNSIGNED, IMAGES, NONE, "Type of the signature (Windows).", BODY(vigil_image_body, signature_type, 0xff)) \
F(access_method, "vigil.access.method", STRING, BIT(PROCESS_ACCESS), NONE, "How: ptrace-attach, ptrace-seize, ptrace-traceme, ptrace-poke, ptrace-registers, process-write, mem-write.", WORD(vigil_access_body, method, vigil_method_name)) \
F(access_address, "vigil.access.address", HEX, BIT(PROCESS_ACCESS), NONE, "Where in the target.", BODY(vigil_access_body, address, 0)) \
C(access_module, "vigil.access.module", STRING, BIT(PROCESS_ACCESS), NONE, "Image whose code that is; needs image events to be recorded as well.") \
C(access_offset, "vigil.access.offset", HEX, BIT(PROCESS_ACCESS), NONE, "Where in that image.") \
F(access_length, "vigil.access.length", UNSIGNED, BIT(PROCESS_ACCESS), NONE, "How many bytes were asked for.", BODY(vigil_access_body, length, 0)) \
C(access_result, "vigil.access.result", SIGNED, BIT(PROCESS_ACCESS), NONE, "What the call returned; below 0 an error number.") \
F(access_count, "vigil.access.count", UNSIGNED, BIT(PROCESS_ACCESS), NONE, "Calls like this one by the process on the target so far; of ptrace-poke and ptrace-registers the 1st, 10th, 100th ... are reported.", BODY(vigil_access_body, count, 0)) \
F(access_asked, "vigil.access.asked", BOOL, BIT(PROCESS_ACCESS), NONE, "Reported before it was done: the result is not known.", FLAG(vigil_access_body, VIGIL_ACCESS_ASKED)) \
F(access_own_child, "vigil.access.own_child", BOOL, BIT(PROCESS_ACCESS), NONE, "The target is a child of the process.", FLAG(vigil_access_body, VIGIL_ACCESS_OWN_CHILD)) \
F(before_uid, "vigil.credentials.before.uid", STRING, CREDS, NONE, "Real user before the change (Linux).", LINUX_ID(vigil_credentials_body, before.uid)) \
F(before_euid, "vigil.credentials.before.euid", STRING, CREDS, NONE, "Effective user before the change (Linux).", LINUX_ID(vigil_credentials_body, before.euid)) \
F(before_suid, "vigil.credentials.before.suid", STRING, CREDS, NONE, "Saved user before the change (Linux).", LINUX_ID(vigil_credentials_body, before.suid)) \
F(before_fsuid, "vigil.credentials.before.fsuid", STRING, CREDS, NONE, "User for access to files before the change (Linux).", LINUX_ID(vigil_credentials_body, before.fsuid)) \
F(before_gid, "vigil.credentials.before.gid", STRING, CREDS, NONE, "Real group before the change (Linux).", LINUX_ID(vigil_credentials_body, before.gid)) \
F(before_egid, "vigil.credentials.before.egid", STRING, CREDS, NONE, "Effective group before the change (Linux).", LINUX_ID(vigil_credentials_body, before.egid)) \
F(before_sgid, "vigil.credentials.before.sgid", STRING, CREDS, NONE, "Saved group before the change (Linux).", LINUX_ID(vigil_credentials_body, before.sgid)) \
F(before_fsgid, "vigil.credentials.before.fsgid", STRING, CREDS, NONE, "Group for access to files before the change (Linux).", LINUX_ID(vigil_credentials_body, before.fsgid)) \
F(before_capabilities, "vigil.credentials.before.capabilities", HEX, CREDS, NONE, "Effective capabilities before the change, as a mask (Linux).", COUNT(vigil_credentials_body, before.effective)) \
F(before_permitted, "vigil.credentials.before.permitted", HEX, CREDS, NONE, "Permitted capabilities before the change, as a mask (Linux).", COUNT(vigil_credentials_body, before.permitted)) \
F(before_namespace, "vigil.credentials.before.user_namespace", UNSIGNED, CREDS, NONE, "Inode of the user namespace before the change (Linux).", BODY(vigil_credentials_body, before.ns_user, 0)) \
F(after_uid, "vigil.credentials.after.uid", STRING, CREDS, NONE, "Real user after the change (Linux).", LINUX_ID(vigil_credentials_body, after.uid)) \
F(after_euid, "vigil.credentials.after.euid", STRING, CREDS, NONE, "Effective user after the change (Linux).", LINUX_ID(vigil_credentials_body, after.euid)) \
F(after_suid, "vigil.credentials.after.suid", STRING, CREDS, NONE, "Saved user after the change (Linux).", LINUX_ID(vigil_credentials_body, after.suid)) \
F(after_fsuid, "vigil.credentials.after.fsuid", STRING, CREDS, NONE, "User for access to files after the change (Linux).", LINUX_ID(vigil_credentials_body, after.fsuid)) \
F(after_gid, "vigil.credentials.after.gid", STRING, CREDS, NONE, "Real group after the change (Linux).", LINUX_ID(vigil_credentials_body, after.gid)) \
F(after_egid, "vigil.credentials.after.egid", STRING, CREDS, NONE, "Effective group after the change (Linux).", LINUX_ID(vigil_credentials_body, after.egid)) \
F(after_sgid, "vigil.credentials.after.sgid", STRING, CREDS, NONE, "Saved group after the change (Linux).", LINUX_ID(vigil_credentials_body, after.sgid)) \
F(after_fsgid, "vigil.credentials.after.fsgid", STRING, CREDS, NONE, "Group for access to files after the change (Linux).", LINUX_ID(vigil_credentials_body, after.fsgid)) \
F(after_capabilities, "vigil.credentials.after.capabilities", HEX, CREDS, NONE, "Effective capabilities after the change, as a mask (Linux).", COUNT(vigil_credentials_body, after.effective)) \
F(after_permitted, "vigil.credentials.after.permitted", HEX, CREDS, NONE, "Permitted capabilities after the change, as a mask (Linux).", COUNT(vigil_credentials_body, after.permitted)) \
F(after_namespace, "vigil.credentials.after.user_namespace", UNSIGNED, CREDS, NONE, "Inode of the user namespace after the change (Linux).", BODY(vigil_credentials_body, after.ns_user, 0)) \
F(failed_filename, "vigil.exec_failed.filename", STRING, FAILED, NONE, "Path that exec was called with, as it was given (Linux).", PART(FILENAME)) \
F(failed_args, "vigil.exec_failed.args", LIST, FAILED, NONE, "Arguments that it was called with.", PART(ARGS)) \
F(failed_error, "vigil.exec_failed.error", UNSIGNED, FAILED, NONE, "Number of the error, as errno has it.", BODY(vigil_exec_failed_body, error, 0)) \
F(failed_at, "vigil.exec_failed.at", BOOL, FAILED, NONE, "execveat: the path begins at an open directory, or is an open file.", FLAG(vigil_exec_failed_body, VIGIL_EXEC_FAILED_AT)) \
F(denied_verdict, "vigil.denied.verdict", STRING, DENIED, NONE, "audit: it was let through; deny: it was refused.", WORD(vigil_denied_body, verdict, vigil_verdict_name)) \
F(denied_status, "vigil.denied.status", UNSIGNED, DENIED, NONE, "Status that the caller received: errno, or NTSTATUS on Windows.", COUNT(vigil_denied_body, status)) \
F(denied_hits, "vigil.denied.hits", UNSIGNED, DENIED, NONE, "How often the rule has matched.", COUNT(vigil_denied_body, hits)) \
F(denied_pid, "vigil.denied.pid", UNSIGNED, DENIED, NONE, "PID that the new process would have had.", BODY(vigil_denied_body, process.process.pid, 0)) \
F(denied_command_line, "vigil.denied.command_line", STRING, DENIED, NONE, "Command line that it would have had.", PART(COMMAND_LINE)) \
F(denied_args, "vigil.denied.args", LIST, DENIED, NONE, "Arguments that it would have had.", PART(ARGS)) \
F(alert_level, "vigil.alert.level", STRING, ALERTS, NONE, "Level of the detection rule: informational, low, medium, high, critical.", WORD(vigil_alert_body, level, vigil_level_name)) \
F(alert_status, "vigil.alert.status", STRING, ALERTS, NONE, "Status of the rule: stable, test, experimental, deprecated, unsupported.", ITEM(RULE_INFO, "status")) \
F(alert_hits, "vigil.alert.hits", UNSIGNED, ALERTS, NONE, "How often the rule has matched.", COUNT(vigil_alert_body, hits)) \
F(alert_about, "vigil.alert.event", STRING, ALERTS, NONE, "Type of the event that matched; event.sequence is its number.", WORD(vigil_alert_body, about, vigil_type_name)) \
F(alert_matched, "vigil.alert.matched", LIST, ALERTS, NONE, "What the rule asked for and found, as FIELD=VALUE, with the names of the rule.", PART(MATCHED)) \
F(alert_tags, "vigil.alert.tags", LIST, ALERTS, NONE, "Tags of the rule.", PART(TAGS)) \
F(lost_count, "vigil.lost.count", UNSIGNED, BIT(LOST), NONE, "How many records are missing here.", COUNT(vigil_lost_body, count)) \
F(lost_type, "vigil.lost.type", STRING, BIT(LOST), NONE, "Type of the missing records, where they are of one type.", WORD(vigil_lost_body, type, vigil_type_name)) \
F(lost_reason, "vigil.lost.reason", STRING, BIT(LOST), NONE, "Why: queue-full, overwritten, missed, no-memory, read-failed, not-written, withheld.", WORD(vigil_lost_body, reason, vigil_loss_name)) \
F(lost_cgroup_id, "vigil.lost.cgroup.id", STRING, BIT(LOST), NONE, "Id of the control group whose processes lost most of these records (Linux).", BODY(vigil_lost_by_body, cgroup, 0)) \
F(lost_cgroup_path, "vigil.lost.cgroup.path", STRING, BIT(LOST), NONE, "Path of that control group, or the end of it (Linux).", PART(CGROUP)) \
F(lost_cgroup_count, "vigil.lost.cgroup.count", UNSIGNED, BIT(LOST), NONE, "How many of these records its processes lost (Linux).", BODY(vigil_lost_by_body, cgroup_count, 0)) \
F(snapshot_processes, "vigil.snapshot.processes", UNSIGNED, BIT(SNAPSHOT_END), NONE, "How many running processes were reported.", COUNT(vigil_snapshot_body, processes)) \
F(snapshot_threads, "vigil.snapshot.threads", UNSIGNED, BIT(SNAPSHOT_END), NONE, "How many running threads were reported.", COUNT(vigil_snapshot_body, threads)) \
F(status_state, "vigil.status.state", STRING, BIT(STATUS), NONE, "started, stopped, changed or warning.", WORD(vigil_status_body, state, vigil_state_name)) \
C(status_types, "vigil.status.types", LIST, BIT(STATUS), NONE, "Types of events that are recorded.") \
F(status_backend, "vigil.status.backend", STRING, BIT(STATUS), NONE, "Means that the sensor uses.", PART(BACKEND)) \
F(status_machine, "vigil.status.machine", HEX, BIT(STATUS), NONE, "Names host and boot; its last 32 bits begin each entity_id.", BODY(vigil_status_body, machine, 0)) \
F(status_produced, "vigil.status.produced", UNSIGNED, BIT(STATUS), NONE, "Records that happened so far.", COUNT(vigil_status_body, produced)) \
F(status_delivered, "vigil.status.delivered", UNSIGNED, BIT(STATUS), NONE, "Records delivered so far.", COUNT(vigil_status_body, delivered)) \
F(status_dropped, "vigil.status.dropped", UNSIGNED, BIT(STATUS), NONE, "Records lost so far.", COUNT(vigil_status_body, dropped)) \
F(cut, "vigil.cut", OBJECT, ALL, NONE, "Fields that the sensor cut, each with the bytes that it had; null: not known.", JSON_OBJECT) \
F(raw, "vigil.raw", OBJECT, ALL, NONE, "Fields whose bytes are not UTF-8, each with its exact bytes in base64; the items of a list are joined by NULs.", JSON_OBJECT)

/*
 * Fields that JSON leaves out where the rest of the line implies their value. A line to which
 * these rules apply has vigil.format 2; there null means unknown.
 *
 *	S(id, types, system, other)   implied: the value of the field `other`
 *	R(id, types, system)          implied: what the rule implied_<id>() of implied.c states
 *
 * docs/record.md ("Fields that JSON leaves out") has the rules in words.
 */
#define SCHEMA_IMPLIED(S, R) \
R(event_module, ALL, ANY) \
S(process_vpid, LIVES, LINUX, process_pid) \
R(process_args, STARTS, LINUX) \
R(process_end, EXIT, ANY) \
S(process_thread_id, SUBJECTS & ~(LIVES | ANY_THREAD), LINUX, process_pid) \
R(entry_leader_pid, LIVES, LINUX) \
R(entry_leader_entity_id, LIVES, LINUX) \
R(process_session_leader, LIVES, LINUX) \
R(session_leader_entity_id, LIVES, LINUX) \
R(group_leader_pid, LIVES, LINUX) \
R(group_leader_entity_id, LIVES, LINUX) \
S(parent_name, BIT(PROCESS_CREATE), LINUX, process_name) \
S(parent_executable, BIT(PROCESS_CREATE), LINUX, process_executable) \
S(parent_command_line, BIT(PROCESS_CREATE), LINUX, process_command_line) \
R(parent_start, LIVES, LINUX) \
S(effective_user_id, SUBJECTS, LINUX, user_id) \
S(effective_user_name, SUBJECTS, ANY, user_name) \
S(effective_group_id, LIVES | CREDS, LINUX, group_id) \
S(effective_group_name, LIVES | CREDS, LINUX, group_name) \
S(group_id, LIVES | CREDS, LINUX, user_id) \
S(group_name, LIVES | CREDS, LINUX, user_name) \
R(monotonic, SUBJECTS, LINUX) \
R(path_source, BIT(PROCESS_EXEC) | BIT(IMAGE_LOAD), LINUX) \
R(actor_pid, SUBJECTS, ANY) \
R(actor_entity_id, SUBJECTS, ANY) \
R(actor_name, SUBJECTS, ANY) \
R(actor_executable, SUBJECTS, ANY) \
R(actor_thread, SUBJECTS, ANY) \
R(capabilities, STARTS, LINUX) \
R(exit_cpu_time, EXIT, LINUX) \
S(thread_vtid, THREADS, LINUX, process_thread_id)

/* Fields of the compact profile of JSON: X(id, types). */
#define SCHEMA_COMPACT(X) \
X(timestamp, ALL) \
X(event_outcome, BIT(PROCESS_ACCESS)) \
X(failed_error_name, FAILED) \
X(message, BIT(STATUS)) \
X(host_name, ALL) \
X(process_pid, SUBJECTS) \
X(process_entity_id, SUBJECTS) \
X(process_executable, SUBJECTS & ~BIT(PROCESS_CREATE)) \
X(process_command_line, BIT(PROCESS_EXEC) | BIT(PROCESS_SNAPSHOT)) \
X(process_environment, BIT(PROCESS_EXEC)) \
X(process_exit_code, EXIT) \
X(process_sha256, STARTS) \
X(process_thread_id, THREADS) \
X(parent_pid, LIVES) \
X(user_name, SUBJECTS & ~THREADS & ~IMAGES) \
X(effective_user_name, CREDS) \
X(changed_user_name, CREDS) \
X(changed_effective_user_name, CREDS) \
X(container_id, SUBJECTS) \
X(dll_path, BIT(IMAGE_LOAD)) \
X(dll_sha256, BIT(IMAGE_LOAD)) \
X(file_path, FILES) \
X(file_name, BIT(DRIVER_LOAD)) \
X(rule_name, DENIED) \
X(target_pid, AIMED) \
X(target_entity_id, AIMED) \
X(target_executable, AIMED) \
X(vigil_type, ALL) \
X(incomplete, ALL) \
X(is_script, BIT(PROCESS_EXEC)) \
X(is_elevated, BIT(PROCESS_EXEC)) \
X(is_deleted, BIT(PROCESS_EXEC)) \
X(is_memory_only, BIT(PROCESS_EXEC)) \
X(exit_signal, EXIT) \
X(exit_lifetime, EXIT) \
X(exit_cpu_time, EXIT) \
X(exit_max_memory, EXIT) \
X(thread_unbacked, ANY_THREAD) \
X(image_deleted, IMAGES) \
X(image_anonymous, IMAGES) \
X(image_memory_only, IMAGES) \
X(image_tainted, IMAGES) \
X(access_method, BIT(PROCESS_ACCESS)) \
X(access_result, BIT(PROCESS_ACCESS)) \
X(before_capabilities, CREDS) \
X(after_capabilities, CREDS) \
X(failed_filename, FAILED) \
X(denied_verdict, DENIED) \
X(denied_command_line, DENIED) \
X(denied_args, DENIED) \
X(lost_count, BIT(LOST)) \
X(lost_type, BIT(LOST)) \
X(lost_reason, BIT(LOST)) \
X(snapshot_processes, BIT(SNAPSHOT_END)) \
X(status_state, BIT(STATUS)) \
X(cut, ALL) \
X(raw, ALL)

/*
 * Where the JSON import stores a value whose field has no plain source, or whose source is not
 * its place in the record: X(field's id, types, source)
 */
#define SCHEMA_STORED(X) \
X(process_start, EXIT, BODY(vigil_exit_body, start, 0)) \
X(process_exit_code, EXIT, COUNT(vigil_exit_body, code)) \
X(process_args, STARTS, PART(ARGS)) \
X(process_thread_id, THREADS, BODY(vigil_thread_body, thread.tid, 0)) \
X(ancestors, SUBJECTS, PART(ANCESTORS)) \
X(ancestor_names, SUBJECTS, PART(ANCESTOR_NAMES)) \
X(filename, STARTS, PART(FILENAME)) \
X(host_name, BIT(STATUS), PART(HOST)) \
X(user_id, STARTS, LINUX_ID(vigil_process_body, uid)) \
X(user_id, DENIED, LINUX_ID(vigil_denied_body, process.uid)) \
X(user_id, WITH_IDS, IDS(uid)) \
X(user_id, STARTS | DENIED, PART(USER)) \
X(effective_user_id, STARTS, LINUX_ID(vigil_process_body, euid)) \
X(effective_user_id, DENIED, LINUX_ID(vigil_denied_body, process.euid)) \
X(effective_user_id, WITH_IDS, IDS(euid)) \
X(group_id, STARTS, LINUX_ID(vigil_process_body, gid)) \
X(group_id, EXIT, IDS(gid)) \
X(effective_group_id, STARTS, LINUX_ID(vigil_process_body, egid)) \
X(effective_group_id, EXIT, IDS(egid)) \
X(exit_user_time, EXIT, COUNT(vigil_exit_body, user_time)) \
X(exit_system_time, EXIT, COUNT(vigil_exit_body, system_time)) \
X(thread_exit_code, BIT(THREAD_EXIT), COUNT(vigil_thread_body, code)) \
X(target_thread_id, BIT(REMOTE_THREAD), BODY(vigil_thread_body, thread.tid, 0)) \
X(target_thread_id, BIT(PROCESS_ACCESS), BODY(vigil_access_body, target.tid, 0)) \
X(access_result, BIT(PROCESS_ACCESS), COUNT(vigil_access_body, result)) \
X(file_inode, BIT(DRIVER_LOAD), BODY(vigil_image_body, inode, 0)) \
X(file_inode, DENIED, BODY(vigil_denied_body, process.inode, 0)) \
X(file_name, BIT(DRIVER_LOAD), PART(NAME)) \
X(rule_name, DENIED, PART(RULE)) \
X(rule_name, ALERTS, ITEM(RULE_INFO, "title"))

/* The processes and threads that a body names: X(types, body, member, prefix of the JSON). */
#define SCHEMA_IDS(X) \
X(STARTS, vigil_process_body, process, "process") \
X(STARTS, vigil_process_body, parent, "process.parent") \
X(STARTS, vigil_process_body, tracer, "vigil.process.tracer") \
X(EXIT, vigil_exit_body, process, "process") \
X(EXIT, vigil_exit_body, parent, "process.parent") \
X(THREADS, vigil_thread_body, thread, "process") \
X(BIT(REMOTE_THREAD), vigil_thread_body, thread, "Target.process") \
X(BIT(THREAD_EXIT), vigil_thread_end_body, creator, "vigil.thread.creator") \
X(BIT(IMAGE_LOAD), vigil_image_body, process, "process") \
X(BIT(PROCESS_ACCESS), vigil_access_body, target, "Target.process") \
X(ALERTS, vigil_alert_body, process, "process") \
X(ALERTS, vigil_alert_body, target, "Target.process")
/* clang-format on */

#endif /* VIGIL_RECORD_SCHEMA_H */
