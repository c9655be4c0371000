/* SPDX-License-Identifier: MIT */
/*
 * schema.h - the record, described once.
 *
 * The layout is in <vigil/event.h>, which the kernels share. Everything else that user space
 * knows about a type, a part or a field is a line here. Each list is a macro whose parameter X
 * is applied to every line; the code that needs a list defines X and expands it:
 *
 *	SCHEMA_TYPES     names, body sizes, ECS categories       names.c decode.c get_event.c
 *	SCHEMA_PARTS     names, text or binary                   names.c decode.c
 *	SCHEMA_NUMBERS   what the process table keeps            process_numbers.h
 *	SCHEMA_FIELDS    field table, getters, JSON cache keys   fields.c json_cache.c
 *	SCHEMA_STORED    JSON import                             fields.c
 *	SCHEMA_IDS       JSON import                             jsonl_record.c
 *
 * docs/record.md ("The schema") says how to add a field or an event type.
 */
#ifndef VIGIL_RECORD_SCHEMA_H
#define VIGIL_RECORD_SCHEMA_H

#include <vigil/vigil.h>

#include "record/subject.h"

/* The constants of event.h behind the names that the lists use. */
#define SCHEMA_TYPE(type) VIGIL_##type
#define SCHEMA_PART(part) VIGIL_##part

/* What a part contains. */
enum part_content {
	PART_TEXT, /* in the record's encoding */
	PART_BINARY
};

/* clang-format off */

/*
 * Types: X(argument, type, body, longest body, name, kind, category, ECS type, action)
 *
 * body: what every record of the type has. longest body: what the newest sensors write; it
 * begins with body, and header.fixed says which of the two a record has. name is the one of
 * options and outputs; the last four are those of the Elastic Common Schema, where a list has
 * its items separated by NULs. argument is handed through.
 */
#define SCHEMA_TYPES(X, argument) \
X(argument, PROCESS_CREATE, vigil_process, vigil_process, "create", "event", "process", "start", "fork") \
X(argument, PROCESS_EXEC, vigil_process, vigil_process, "exec", "event", "process", "start", "exec") \
X(argument, PROCESS_EXIT, vigil_exit, vigil_exit, "exit", "event", "process", "end", "end") \
X(argument, THREAD_CREATE, vigil_thread, vigil_thread, "thread-create", "event", "process", "start", "thread_start") \
X(argument, THREAD_EXIT, vigil_thread, vigil_thread_end, "thread-exit", "event", "process", "end", "thread_end") \
X(argument, IMAGE_LOAD, vigil_image, vigil_image, "image", "event", "library", "start", "load") \
X(argument, DRIVER_LOAD, vigil_image, vigil_image, "driver", "event", "driver", "start", "load") \
X(argument, REMOTE_THREAD, vigil_thread, vigil_thread, "remote-thread", "event", "process", "change", "remote_thread") \
X(argument, PROCESS_ACCESS, vigil_access, vigil_access, "access", "event", "process", "access", "access") \
X(argument, PROCESS_DENIED, vigil_denied, vigil_denied, "denied", "alert", "process\0intrusion_detection", "denied", "denied") \
X(argument, LOST, vigil_lost, vigil_lost_by, "lost", "pipeline_error", "process", "info", "lost") \
X(argument, EXISTING, vigil_process, vigil_process, "existing", "state", "process", "info", "existing") \
X(argument, EXISTING_THREAD, vigil_thread, vigil_thread, "existing-thread", "state", "process", "info", "existing_thread") \
X(argument, SNAPSHOT_END, vigil_snapshot, vigil_snapshot, "snapshot-end", "state", "host", "info", "snapshot_end") \
X(argument, STATUS, vigil_status, vigil_status, "status", "event", "configuration", "change", "status") \
X(argument, CREDENTIALS, vigil_credentials, vigil_credentials, "credentials", "event", "process", "change", "credentials") \
X(argument, EXEC_FAILED, vigil_exec_failed, vigil_exec_failed, "exec-failed", "event", "process", "info", "exec_failed")

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
X(ENVIRONMENT, "environment", PART_TEXT)

/* The numbers that struct vigil_process and struct vigil_proc both have, under the same name:
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
#define THREADS    VIGIL_TYPES_THREAD
#define ANY_THREAD (THREADS | BIT(REMOTE_THREAD))
#define AIMED      VIGIL_TYPES_AIMED
#define IMAGES     (BIT(IMAGE_LOAD) | BIT(DRIVER_LOAD))
#define FILES      (BIT(DRIVER_LOAD) | BIT(PROCESS_DENIED))
#define DENIED     BIT(PROCESS_DENIED)
#define CREDS      BIT(CREDENTIALS)
#define FAILED     BIT(EXEC_FAILED)
/* Their records may have the part IDS. */
#define WITH_IDS   (EXIT | ANY_THREAD | IMAGES | BIT(PROCESS_ACCESS) | FAILED)

/*
 * Fields, in the order of the JSON: fields that share the beginning of their name stand
 * together. Names without "vigil." are those of the Elastic Common Schema. A flag (BOOL) is
 * present only when it is true, any other field only when its value is known.
 *
 *	F(id, name, kind, types, run, source, description)   a value that the record has
 *	C(id, name, kind, types, run, description)           one that vigil_get_<id>() computes
 *
 * run: fields whose text the JSON writer caches together (json_cache.h); NONE: not cached.
 * source: where the value is: one of the macros of fields.h. The compiler checks that the body
 * has the member, and that all types of the field have the body.
 */
#define SCHEMA_FIELDS(F, C) \
F(timestamp, "@timestamp", TIME, ALL, NONE, HEADER(time, 0), "When it happened.") \
C(ecs_version, "ecs.version", STRING, ALL, KIND, "Version of the Elastic Common Schema that the names follow.") \
C(event_kind, "event.kind", STRING, ALL, KIND, "What the event is: event, state (of what ran already), alert (a rule matched) or pipeline_error (records are missing).") \
C(event_category, "event.category", LIST, ALL, KIND, "What it is about: process, library, driver, configuration, host, intrusion_detection.") \
C(event_type, "event.type", LIST, ALL, KIND, "What happened to it: start, end, change, access, denied, allowed, info.") \
C(event_action, "event.action", STRING, ALL, KIND, "What was done, in one word.") \
C(event_outcome, "event.outcome", STRING, BIT(PROCESS_ACCESS) | DENIED | FAILED, KIND, "Whether it was done: success, failure or unknown.") \
C(event_module, "event.module", STRING, ALL, KIND, "Always vigil.") \
F(event_sequence, "event.sequence", UNSIGNED, ALL, NONE, HEADER(seq, 0), "Counts every record of the sensor; where it jumps, records were lost or not asked for.") \
F(failed_error_name, "error.code", STRING, FAILED, NONE, WORD_OF(vigil_exec_failed, error, vigil_exec_error_name), "Name of the error: ENOENT, EACCES, ENOEXEC, ... (Linux).") \
F(message, "message", STRING, BIT(STATUS), NONE, PART(TEXT), "What the sensor says.") \
C(host_name, "host.name", STRING, ALL, NONE, "Name of the machine.") \
C(host_os_type, "host.os.type", STRING, ALL, NONE, "linux or windows.") \
F(process_pid, "process.pid", UNSIGNED, SUBJECTS, ID, PID(vigil_subject_id), "Whom the event is about: the starting, ending, loading or acting process.") \
F(process_vpid, "process.vpid", UNSIGNED, LIVES, ID, PROCESS(ns_pid, VIGIL_UNKNOWN), "Its PID as it sees it itself, inside its PID namespace.") \
F(process_entity_id, "process.entity_id", STRING, SUBJECTS, ID, ENTITY(vigil_subject_id), "Names the process for ever, although PIDs are used again: made of host and boot, PID, start.") \
F(process_start, "process.start", TIME, SUBJECTS, ID, PROCESS(start, 0), "When it started.") \
F(process_name, "process.name", STRING, SUBJECTS, PROGRAM, SUBJECT(name, NAME), "Short name of the process.") \
F(process_executable, "process.executable", STRING, SUBJECTS, PROGRAM, SUBJECT(image, IMAGE), "Path of the program that it runs, as the kernel resolved it.") \
F(process_command_line, "process.command_line", STRING, SUBJECTS, PROGRAM, SUBJECT(command, COMMAND_LINE), "Its command line as one string.") \
F(process_working_directory, "process.working_directory", STRING, LIVES, PROGRAM, SUBJECT(directory, DIRECTORY), "Its working directory when the program began.") \
C(process_args, "process.args", LIST, STARTS, NONE, "Its arguments, the program's name first (Linux).") \
C(process_args_count, "process.args_count", UNSIGNED, STARTS, NONE, "How many arguments process.args has.") \
F(process_environment, "process.env_vars", LIST, BIT(PROCESS_EXEC), NONE, PART(ENVIRONMENT), "Variables of its environment that --env names, as NAME=VALUE (Linux).") \
C(process_end, "process.end", TIME, SUBJECTS, NONE, "When it ended.") \
C(process_uptime, "process.uptime", UNSIGNED, EXIT, NONE, "Whole seconds that it lived.") \
C(process_exit_code, "process.exit_code", UNSIGNED, EXIT, NONE, "Its exit code; left out where a signal ended it.") \
F(process_tty_major, "process.tty.char_device.major", UNSIGNED, LIVES, SESSION, TTY(MAJOR), "Controlling terminal: major number of the device.") \
F(process_tty_minor, "process.tty.char_device.minor", UNSIGNED, LIVES, SESSION, TTY(MINOR), "Controlling terminal: minor number of the device.") \
F(process_sha256, "process.hash.sha256", BINARY, STARTS, SESSION, PART(SHA256), "SHA-256 of the program's file, where it was asked for.") \
F(process_signature_exists, "process.code_signature.exists", BOOL, STARTS, SESSION, TEST(vigil_is_signed, SIGNATURE), "The program's file bears a signature, whatever that is worth (Windows, --signature).") \
F(process_signature_status, "process.code_signature.status", STRING, STARTS, SESSION, ITEM_AT(SIGNATURE, 0), "What that is worth here: valid, unsigned, expired, revoked, untrusted, damaged, error.") \
F(process_signature_subject, "process.code_signature.subject_name", STRING, STARTS, SESSION, ITEM_AT(SIGNATURE, 1), "Who signed it.") \
F(process_signature_valid, "process.code_signature.valid", BOOL, STARTS, SESSION, TEST(vigil_is_signature_valid, SIGNATURE), "The signature is good and trusted here.") \
F(process_company, "process.pe.company", STRING, STARTS, SESSION, ITEM(FILE_VERSION, "CompanyName"), "Company that the program's file names in its version resource (Windows, --version-info).") \
F(process_description, "process.pe.description", STRING, STARTS, SESSION, ITEM(FILE_VERSION, "FileDescription"), "Description there.") \
F(process_version, "process.pe.file_version", STRING, STARTS, SESSION, ITEM(FILE_VERSION, "FileVersion"), "Version there.") \
F(process_original_name, "process.pe.original_file_name", STRING, STARTS, SESSION, ITEM(FILE_VERSION, "OriginalFilename"), "Name there, which stays when the file is renamed.") \
F(process_product, "process.pe.product", STRING, STARTS, SESSION, ITEM(FILE_VERSION, "ProductName"), "Product there.") \
C(process_thread_id, "process.thread.id", UNSIGNED, SUBJECTS & ~LIVES, NONE, "The thread that starts, ends or acts.") \
F(process_thread_name, "process.thread.name", STRING, THREADS, NONE, PART(NAME), "Name of that thread.") \
C(ancestors, "process.Ext.ancestry", LIST, SUBJECTS, NONE, "Entity ids of its ancestors, the parent first, with --ancestors; up to the first process, or to the last that is known.") \
F(entry_leader_pid, "process.entry_leader.pid", UNSIGNED, LIVES, LEADERS, LEADER_PID(entry_leader), "PID of the process with which its session came into being: a service, a login, the first process of a container (Linux).") \
F(entry_leader_entity_id, "process.entry_leader.entity_id", STRING, LIVES, LEADERS, LEADER_ENTITY(entry_leader), "Names the entry leader for ever.") \
C(entry_leader_type, "process.entry_leader.entry_meta.type", STRING, LIVES, LEADERS, "How it came into being, judged by the names of programs: init, sshd, ssm, container, terminal, console, kthread.") \
F(process_session_leader, "process.session_leader.pid", UNSIGNED, LIVES, LEADERS, PROCESS_OF(LINUX, session, VIGIL_UNKNOWN, 0), "PID of the leader of its session (Linux).") \
F(session_leader_entity_id, "process.session_leader.entity_id", STRING, LIVES, LEADERS, LEADER_ENTITY(session_leader), "Names the session leader for ever.") \
F(group_leader_pid, "process.group_leader.pid", UNSIGNED, LIVES, LEADERS, LEADER_PID(group_leader), "PID of the leader of its process group at its start (Linux).") \
F(group_leader_entity_id, "process.group_leader.entity_id", STRING, LIVES, LEADERS, LEADER_ENTITY(group_leader), "Names the group leader for ever.") \
F(parent_pid, "process.parent.pid", UNSIGNED, SUBJECTS, PARENT, PID(vigil_parent_id), "Who started it, even if that process has ended since.") \
F(parent_entity_id, "process.parent.entity_id", STRING, SUBJECTS, PARENT, ENTITY(vigil_parent_id), "Names the parent for ever.") \
F(parent_name, "process.parent.name", STRING, LIVES, PARENT, KNOWN(parent, name), "Short name of the parent.") \
F(parent_executable, "process.parent.executable", STRING, LIVES, PARENT, KNOWN(parent, image), "Path of the parent's program.") \
F(parent_command_line, "process.parent.command_line", STRING, LIVES, PARENT, KNOWN(parent, command), "Command line of the parent.") \
C(parent_start, "process.parent.start", TIME, LIVES, PARENT, "When the parent started.") \
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
F(container_id, "container.id", STRING, SUBJECTS, NONE, KNOWN(process, container), "Container in which the process runs: its id, or its name where the runtime has only names (LXC, Incus). Taken from the paths of its control groups.") \
F(container_image, "container.image.name", STRING, SUBJECTS, NONE, INFO("image"), "Image that the container runs, as its runtime has written down (--container-info).") \
F(container_name, "container.name", STRING, SUBJECTS, NONE, INFO("name"), "Name of the container, likewise.") \
F(container_runtime, "container.runtime", STRING, SUBJECTS, NONE, INFO("runtime"), "Its runtime: docker, podman, cri-o, containerd.") \
F(orchestrator_namespace, "orchestrator.namespace", STRING, SUBJECTS, NONE, INFO("namespace"), "Kubernetes namespace of the container's pod.") \
F(orchestrator_pod_uid, "orchestrator.resource.id", STRING, SUBJECTS, NONE, INFO("pod_uid"), "UID of the pod.") \
F(orchestrator_pod, "orchestrator.resource.name", STRING, SUBJECTS, NONE, INFO("pod"), "Name of the pod.") \
C(orchestrator_type, "orchestrator.resource.type", STRING, SUBJECTS, NONE, "Always pod.") \
C(orchestrator, "orchestrator.type", STRING, SUBJECTS, NONE, "Always kubernetes.") \
F(dll_path, "dll.path", STRING, BIT(IMAGE_LOAD), NONE, PART(IMAGE), "Path of the program, library or other code that was mapped.") \
C(dll_name, "dll.name", STRING, BIT(IMAGE_LOAD), NONE, "Last element of dll.path.") \
F(dll_sha256, "dll.hash.sha256", BINARY, BIT(IMAGE_LOAD), LIBRARY, PART(SHA256), "SHA-256 of the file that was mapped, where it was asked for.") \
F(dll_signature_exists, "dll.code_signature.exists", BOOL, BIT(IMAGE_LOAD), LIBRARY, TEST(vigil_is_signed, SIGNATURE), "The file bears a signature, whatever that is worth (Windows, --signature).") \
F(dll_signature_status, "dll.code_signature.status", STRING, BIT(IMAGE_LOAD), LIBRARY, ITEM_AT(SIGNATURE, 0), "What that is worth here: valid, unsigned, expired, revoked, untrusted, damaged, error.") \
F(dll_signature_subject, "dll.code_signature.subject_name", STRING, BIT(IMAGE_LOAD), LIBRARY, ITEM_AT(SIGNATURE, 1), "Who signed it.") \
F(dll_signature_valid, "dll.code_signature.valid", BOOL, BIT(IMAGE_LOAD), LIBRARY, TEST(vigil_is_signature_valid, SIGNATURE), "The signature is good and trusted here.") \
F(dll_company, "dll.pe.company", STRING, BIT(IMAGE_LOAD), LIBRARY, ITEM(FILE_VERSION, "CompanyName"), "Company that the file names in its version resource (Windows, --version-info).") \
F(dll_description, "dll.pe.description", STRING, BIT(IMAGE_LOAD), LIBRARY, ITEM(FILE_VERSION, "FileDescription"), "Description there.") \
F(dll_version, "dll.pe.file_version", STRING, BIT(IMAGE_LOAD), LIBRARY, ITEM(FILE_VERSION, "FileVersion"), "Version there.") \
F(dll_original_name, "dll.pe.original_file_name", STRING, BIT(IMAGE_LOAD), LIBRARY, ITEM(FILE_VERSION, "OriginalFilename"), "Name there, which stays when the file is renamed.") \
F(dll_product, "dll.pe.product", STRING, BIT(IMAGE_LOAD), LIBRARY, ITEM(FILE_VERSION, "ProductName"), "Product there.") \
F(file_path, "file.path", STRING, FILES, NONE, PART(IMAGE), "Path of the driver or module, or of the program that was not to start.") \
C(file_name, "file.name", STRING, FILES, NONE, "Last element of file.path; the name of a Linux module, which has no path.") \
C(file_inode, "file.inode", STRING, FILES, NONE, "Inode of that file.") \
F(file_sha256, "file.hash.sha256", BINARY, BIT(DRIVER_LOAD), NONE, PART(SHA256), "SHA-256 of the driver's file, where it was asked for.") \
F(file_signature_exists, "file.code_signature.exists", BOOL, BIT(DRIVER_LOAD), NONE, TEST(vigil_is_signed, SIGNATURE), "The driver's file bears a signature, whatever that is worth (Windows, --signature).") \
F(file_signature_status, "file.code_signature.status", STRING, BIT(DRIVER_LOAD), NONE, ITEM_AT(SIGNATURE, 0), "What that is worth here: valid, unsigned, expired, revoked, untrusted, damaged, error.") \
F(file_signature_subject, "file.code_signature.subject_name", STRING, BIT(DRIVER_LOAD), NONE, ITEM_AT(SIGNATURE, 1), "Who signed it.") \
F(file_signature_valid, "file.code_signature.valid", BOOL, BIT(DRIVER_LOAD), NONE, TEST(vigil_is_signature_valid, SIGNATURE), "The signature is good and trusted here.") \
F(file_company, "file.pe.company", STRING, BIT(DRIVER_LOAD), NONE, ITEM(FILE_VERSION, "CompanyName"), "Company that the driver's file names in its version resource (Windows, --version-info).") \
F(file_description, "file.pe.description", STRING, BIT(DRIVER_LOAD), NONE, ITEM(FILE_VERSION, "FileDescription"), "Description there.") \
F(file_version, "file.pe.file_version", STRING, BIT(DRIVER_LOAD), NONE, ITEM(FILE_VERSION, "FileVersion"), "Version there.") \
F(file_original_name, "file.pe.original_file_name", STRING, BIT(DRIVER_LOAD), NONE, ITEM(FILE_VERSION, "OriginalFilename"), "Name there, which stays when the file is renamed.") \
F(file_product, "file.pe.product", STRING, BIT(DRIVER_LOAD), NONE, ITEM(FILE_VERSION, "ProductName"), "Product there.") \
F(rule_name, "rule.name", STRING, DENIED, NONE, PART(RULE), "Id of the rule that matched.") \
F(target_pid, "Target.process.pid", UNSIGNED, AIMED, NONE, PID(vigil_target_id), "Process that is acted upon.") \
F(target_entity_id, "Target.process.entity_id", STRING, AIMED, NONE, ENTITY(vigil_target_id), "Names it for ever.") \
F(target_name, "Target.process.name", STRING, AIMED, NONE, KNOWN(target, name), "Its short name.") \
F(target_executable, "Target.process.executable", STRING, AIMED, NONE, KNOWN(target, image), "Path of its program.") \
F(target_command_line, "Target.process.command_line", STRING, AIMED, NONE, KNOWN(target, command), "Its command line.") \
C(target_thread_id, "Target.process.thread.id", UNSIGNED, AIMED, NONE, "Thread that was made in it, or taken hold of.") \
F(target_start_address, "Target.process.thread.Ext.start_address", HEX, BIT(REMOTE_THREAD), NONE, BODY(vigil_thread, start_address, 0), "Where that thread begins to run.") \
C(vigil_type, "vigil.type", STRING, ALL, NONE, "Type of the event, as options write it.") \
F(cpu, "vigil.cpu", UNSIGNED, ALL, NONE, HEADER(cpu, 0xffff), "Logical processor on which it happened.") \
F(monotonic, "vigil.monotonic", DURATION, ALL, NONE, HEADER(mono, 0), "When it happened, by a clock that starts at boot and is never set.") \
F(late, "vigil.late", BOOL, ALL, QUALITY, HEADER_FLAG(VIGIL_RECORD_LATE), "Delivered after an event with a later time.") \
F(incomplete, "vigil.incomplete", BOOL, ALL, QUALITY, HEADER_FLAG(VIGIL_RECORD_INCOMPLETE), "Something that exists could not be read; vigil.unreadable says what.") \
C(unreadable, "vigil.unreadable", LIST, ALL, QUALITY, "Parts of the record whose memory could not be read; what there is of one comes from the pages that could.") \
C(too_late, "vigil.too_late", LIST, ALL, QUALITY, "What a look at the file was to tell, and did not in time.") \
C(cut_head, "vigil.cut_head", LIST, ALL, QUALITY, "Parts of the record whose beginning is missing; vigil.cut has their full length, if it is known.") \
C(path_source, "vigil.path_source", STRING, STARTS | IMAGES | DENIED, QUALITY, "Where the path was learned: kernel, notify, file, filter, cache, query, perf.") \
F(build_id, "vigil.build_id", BINARY, BIT(IMAGE_LOAD), NONE, PART(BUILD_ID), "GNU build id of the ELF file, of image loads alone (Linux).") \
F(actor_pid, "vigil.actor.pid", UNSIGNED, SUBJECTS, ACTOR, PID(vigil_other_actor), "Process in whose context it happened, where it is another: the creator.") \
F(actor_entity_id, "vigil.actor.entity_id", STRING, SUBJECTS, ACTOR, ENTITY(vigil_other_actor), "Names that process for ever.") \
C(actor_name, "vigil.actor.name", STRING, SUBJECTS, ACTOR, "Its short name.") \
C(actor_executable, "vigil.actor.executable", STRING, SUBJECTS, ACTOR, "Path of its program.") \
C(actor_thread, "vigil.actor.thread.id", UNSIGNED, SUBJECTS, ACTOR, "Thread in whose context it happened.") \
C(ancestor_names, "vigil.process.ancestors", LIST, SUBJECTS, NONE, "Names of the ancestors in process.Ext.ancestry when the process started; empty where unknown.") \
C(parent_now, "vigil.process.parent_now", UNSIGNED, LIVES, NONE, "PID of the present parent, where the process was given another.") \
C(filename, "vigil.process.filename", STRING, LIVES, NONE, "What exec was called with, where that is not process.executable: the script, a relative path.") \
F(root, "vigil.process.root", STRING, STARTS, TRAITS, PART(ROOT), "Its root directory, where that is not the usual one.") \
F(is_kernel, "vigil.process.kernel", BOOL, LIVES, TRAITS, PROCESS_FLAG(VIGIL_PROCESS_KERNEL), "Kernel thread or system process.") \
F(is_vfork, "vigil.process.vfork", BOOL, LIVES, TRAITS, PROCESS_FLAG(VIGIL_PROCESS_VFORK), "Its creator waits until it runs a program or ends.") \
F(is_shared_memory, "vigil.process.shared_memory", BOOL, LIVES, TRAITS, PROCESS_FLAG(VIGIL_PROCESS_SHARED_MM), "Shares its creator's memory, and is no vfork.") \
F(is_deleted, "vigil.process.deleted", BOOL, LIVES, TRAITS, PROCESS_FLAG(VIGIL_PROCESS_DELETED), "The file of its program has no name any more.") \
F(is_memory_only, "vigil.process.memory_only", BOOL, LIVES, TRAITS, PROCESS_FLAG(VIGIL_PROCESS_MEMORY_ONLY), "The file of its program lives in memory alone.") \
F(is_script, "vigil.process.script", BOOL, LIVES, TRAITS, PROCESS_FLAG(VIGIL_PROCESS_SCRIPT), "A script: process.executable is its interpreter.") \
F(is_elevated, "vigil.process.elevated", BOOL, LIVES, TRAITS, PROCESS_FLAG(VIGIL_PROCESS_ELEVATED), "Its program raised its rights: set-user-id, file capabilities.") \
F(is_subsystem, "vigil.process.subsystem", BOOL, LIVES, TRAITS, PROCESS_FLAG(VIGIL_PROCESS_SUBSYSTEM), "Belongs to a subsystem, such as WSL 1.") \
F(is_by_thread, "vigil.process.by_thread", BOOL, LIVES, TRAITS, PROCESS_FLAG(VIGIL_PROCESS_BY_THREAD), "exec was called by a thread that was not the first.") \
F(is_ended_early, "vigil.process.ended_early", BOOL, LIVES, TRAITS, PROCESS_FLAG(VIGIL_PROCESS_ENDED_EARLY), "Ended before the list of what runs came to it.") \
F(session, "vigil.process.session", UNSIGNED, LIVES, TRAITS, PROCESS_OF(WINDOWS, session, VIGIL_UNKNOWN, VIGIL_UNKNOWN), "Id of its session (Windows).") \
F(integrity, "vigil.process.integrity", UNSIGNED, LIVES, TRAITS, PROCESS_OF(WINDOWS, integrity, VIGIL_UNKNOWN, VIGIL_UNKNOWN), "Mandatory integrity level (Windows).") \
F(login_user_id, "vigil.process.login_user.id", STRING, LIVES, TRAITS, PROCESS_OF(LINUX, login_uid, VIGIL_UNKNOWN, VIGIL_UNKNOWN), "Who logged in, kept over su and sudo (Linux).") \
F(login_user_name, "vigil.process.login_user.name", STRING, LIVES, TRAITS, USER_NAME(login_uid), "Name of that user on the machine that prints.") \
F(capabilities, "vigil.process.capabilities", HEX, STARTS, TRAITS, LINUX_COUNT(vigil_process, capabilities), "Effective capabilities as a mask (Linux).") \
F(process_device, "vigil.process.device", STRING, STARTS, TRAITS, DEVICE(vigil_process, device), "Device of the program's file, major:minor.") \
F(process_inode, "vigil.process.inode", STRING, STARTS, TRAITS, BODY(vigil_process, inode, 0), "Inode of the program's file.") \
F(tracer_pid, "vigil.process.tracer.pid", UNSIGNED, STARTS, TRAITS, BODY_PID(vigil_process, tracer), "Process that debugs it.") \
F(tracer_entity_id, "vigil.process.tracer.entity_id", STRING, STARTS, TRAITS, BODY_ENTITY(vigil_process, tracer), "Names the tracer for ever.") \
F(cgroup_id, "vigil.cgroup.id", STRING, LIVES, NONE, PROCESS(cgroup, 0), "Id of its control group (Linux).") \
F(cgroup_path, "vigil.cgroup.path", STRING, LIVES, NONE, SHOWN(cgroup_path, CGROUP), "Path of its control group (Linux).") \
F(cgroup_others, "vigil.cgroup.others", LIST, LIVES, NONE, SHOWN(cgroup_others, CGROUP_OTHERS), "Its paths in other control group hierarchies (version 1), where they differ (Linux).") \
C(container_labels, "vigil.container.labels", LIST, SUBJECTS, NONE, "Labels of the container as its runtime has written them down, each KEY=VALUE (docker, CRI-O).") \
F(machine, "vigil.machine", STRING, SUBJECTS, NONE, KNOWN(process, machine), "Name of the machine in which the process runs, or for which it works: systemd-nspawn, libvirt (Linux).") \
F(ns_mnt, "vigil.namespace.mnt", UNSIGNED, STARTS, NAMESPACES, NAMESPACE(ns_mnt, 0xeffffff8u), "Inode of its mount namespace, where that is not the machine's first one (Linux).") \
F(ns_pid, "vigil.namespace.pid", UNSIGNED, STARTS, NAMESPACES, NAMESPACE(ns_pid_ns, 0xeffffffcu), "Inode of its PID namespace, where that is not the machine's first one (Linux).") \
F(ns_net, "vigil.namespace.net", UNSIGNED, STARTS, NAMESPACES, NAMESPACE(ns_net, 0xeffffff9u), "Inode of its network namespace, where that is not the machine's first one (Linux).") \
F(ns_user, "vigil.namespace.user", UNSIGNED, STARTS, NAMESPACES, NAMESPACE(ns_user, 0xeffffffdu), "Inode of its user namespace, where that is not the machine's first one (Linux).") \
F(ns_uts, "vigil.namespace.uts", UNSIGNED, STARTS, NAMESPACES, NAMESPACE(ns_uts, 0xeffffffeu), "Inode of its host name namespace, where that is not the machine's first one (Linux).") \
F(ns_ipc, "vigil.namespace.ipc", UNSIGNED, STARTS, NAMESPACES, NAMESPACE(ns_ipc, 0xefffffffu), "Inode of its IPC namespace, where that is not the machine's first one (Linux).") \
F(ns_cgroup, "vigil.namespace.cgroup", UNSIGNED, STARTS, NAMESPACES, NAMESPACE(ns_cgroup, 0xeffffffbu), "Inode of its control group namespace, where that is not the machine's first one (Linux).") \
F(ns_time, "vigil.namespace.time", UNSIGNED, STARTS, NAMESPACES, NAMESPACE(ns_time, 0xeffffffau), "Inode of its time namespace, where that is not the machine's first one (Linux).") \
F(exit_signal, "vigil.exit.signal", UNSIGNED, EXIT, NONE, BODY(vigil_exit, signal, 0), "Signal that ended the process (Linux).") \
F(exit_signal_name, "vigil.exit.signal_name", STRING, EXIT, NONE, WORD_OF(vigil_exit, signal, vigil_signal_name), "Name of that signal.") \
F(exit_core, "vigil.exit.core", BOOL, EXIT, NONE, FLAG(vigil_exit, VIGIL_EXIT_CORE), "A core was dumped.") \
F(exit_cpu_unknown, "vigil.exit.cpu_unknown", BOOL, EXIT, NONE, FLAG(vigil_exit, VIGIL_EXIT_CPU_UNKNOWN), "Its CPU times are not known: more than 128 of its threads had not been released yet (Linux).") \
F(exit_lifetime, "vigil.exit.lifetime", DURATION, EXIT, NONE, BODY(vigil_exit, lifetime, 0), "How long it lived.") \
F(exit_cpu_time, "vigil.exit.cpu_time", DURATION, EXIT, NONE, BODY(vigil_exit, cpu_time, 0), "CPU time of all its threads, as the scheduler measured it; on Linux the sum of the next two.") \
C(exit_user_time, "vigil.exit.user_time", DURATION, EXIT, NONE, "CPU time in user mode, as the system accounts it (Linux: as wait4 reports it).") \
C(exit_system_time, "vigil.exit.system_time", DURATION, EXIT, NONE, "CPU time in the kernel, likewise.") \
F(exit_max_memory, "vigil.exit.max_memory", UNSIGNED, EXIT, NONE, BODY(vigil_exit, max_memory, 0), "Largest resident size in bytes.") \
F(thread_vtid, "vigil.thread.vtid", UNSIGNED, ANY_THREAD, NONE, BODY(vigil_thread, ns_tid, VIGIL_UNKNOWN), "Thread id as the thread sees it itself.") \
F(thread_start_address, "vigil.thread.start_address", HEX, THREADS, NONE, BODY(vigil_thread, start_address, 0), "Where it begins to run.") \
C(thread_start_module, "vigil.thread.start_module", STRING, ANY_THREAD, NONE, "Image in which that is; needs image events to be recorded as well.") \
C(thread_start_offset, "vigil.thread.start_offset", HEX, ANY_THREAD, NONE, "Where in that image.") \
C(thread_unbacked, "vigil.thread.unbacked", BOOL, ANY_THREAD, NONE, "It begins in no image of its process, all of which were told: injected code.") \
F(thread_origin, "vigil.thread.origin", STRING, ANY_THREAD, NONE, WORD(vigil_thread, origin, vigil_origin_name), "Who made it: first, local, remote, system.") \
F(thread_reason, "vigil.thread.reason", STRING, BIT(REMOTE_THREAD), NONE, WORD(vigil_thread, reason, vigil_reason_name), "Why a remote thread may be legitimate: debugger, csrss, services, wmi.") \
F(thread_by_parent, "vigil.thread.by_parent", BOOL, BIT(REMOTE_THREAD), NONE, FLAG(vigil_thread, VIGIL_THREAD_PARENT_CREATOR), "The creator is the parent of the target.") \
F(thread_kernel, "vigil.thread.kernel", BOOL, ANY_THREAD, NONE, FLAG(vigil_thread, VIGIL_THREAD_KERNEL), "Kernel or system thread.") \
C(thread_exit_code, "vigil.thread.exit_code", UNSIGNED, BIT(THREAD_EXIT), NONE, "Its exit code; left out where a signal ended it.") \
F(thread_signal, "vigil.thread.signal", UNSIGNED, BIT(THREAD_EXIT), NONE, BODY(vigil_thread, signal, 0), "Signal that ended it (Linux).") \
F(thread_cpu_time, "vigil.thread.cpu_time", DURATION, BIT(THREAD_EXIT), NONE, BODY(vigil_thread, cpu_time, 0), "CPU time of this thread.") \
F(thread_lifetime, "vigil.thread.lifetime", DURATION, BIT(THREAD_EXIT), NONE, BODY(vigil_thread_end, lifetime, 0), "How long it lived (Windows).") \
F(thread_creator_entity_id, "vigil.thread.creator.entity_id", STRING, BIT(THREAD_EXIT), NONE, BODY_ENTITY(vigil_thread_end, creator), "Identifies the process that made it (Windows).") \
F(thread_creator_pid, "vigil.thread.creator.pid", UNSIGNED, BIT(THREAD_EXIT), NONE, BODY(vigil_thread_end, creator.pid, 0), "Process that made it (Windows).") \
F(thread_creator_tid, "vigil.thread.creator.thread.id", UNSIGNED, BIT(THREAD_EXIT), NONE, BODY(vigil_thread_end, creator.tid, 0), "Thread that made it (Windows).") \
F(image_base, "vigil.image.base", HEX, IMAGES, NONE, BODY(vigil_image, base, 0), "Address at which it is mapped.") \
F(image_size, "vigil.image.size", UNSIGNED, IMAGES, NONE, BODY(vigil_image, size, 0), "Size of the mapping in bytes.") \
F(image_offset, "vigil.image.offset", UNSIGNED, BIT(IMAGE_LOAD), NONE, LINUX_COUNT(vigil_image, offset), "Where in the file the mapping begins (Linux).") \
F(image_device, "vigil.image.device", STRING, IMAGES, NONE, DEVICE(vigil_image, device), "Device of the file, major:minor.") \
F(image_inode, "vigil.image.inode", STRING, BIT(IMAGE_LOAD), NONE, BODY(vigil_image, inode, 0), "Inode of the file.") \
F(image_generation, "vigil.image.generation", STRING, IMAGES, NONE, BODY(vigil_image, generation, 0), "Generation of the inode.") \
F(image_deleted, "vigil.image.deleted", BOOL, IMAGES, NONE, FLAG(vigil_image, VIGIL_IMAGE_DELETED), "The file has no name any more.") \
F(image_maybe_deleted, "vigil.image.maybe_deleted", BOOL, IMAGES, NONE, FLAG(vigil_image, VIGIL_IMAGE_MAYBE_DELETED), "The path ends in (deleted) after a blank: the file has no name any more, or that is its name.") \
F(image_anonymous, "vigil.image.anonymous", BOOL, IMAGES, NONE, FLAG(vigil_image, VIGIL_IMAGE_ANONYMOUS), "Executable memory without a file: the first of its kind in this program (Linux).") \
F(image_memory_only, "vigil.image.memory_only", BOOL, IMAGES, NONE, FLAG(vigil_image, VIGIL_IMAGE_MEMORY_ONLY), "The file lives in memory alone.") \
F(image_all_processes, "vigil.image.all_processes", BOOL, IMAGES, NONE, FLAG(vigil_image, VIGIL_IMAGE_ALL_PIDS), "Mapped in every process (Windows).") \
F(image_partial, "vigil.image.partial", BOOL, IMAGES, NONE, FLAG(vigil_image, VIGIL_IMAGE_PARTIAL), "Mapped in part (Windows).") \
F(image_other_machine, "vigil.image.other_machine", BOOL, IMAGES, NONE, FLAG(vigil_image, VIGIL_IMAGE_OTHER_MACHINE), "Of another architecture than the process, so its code cannot run there (Windows).") \
F(image_tainted, "vigil.image.tainted", BOOL, IMAGES, NONE, FLAG(vigil_image, VIGIL_IMAGE_TAINTED), "Module that is not signed, or from outside the kernel's tree (Linux).") \
F(image_protection, "vigil.image.protection", STRING, IMAGES, NONE, WORD(vigil_image, protection, vigil_protection_name), "Rights of the mapping: r, w, x.") \
F(image_signature_level, "vigil.image.signature_level", UNSIGNED, IMAGES, NONE, BODY(vigil_image, signature_level, 0xff), "Signing level (Windows).") \
F(image_signature_type, "vigil.image.signature_type", UNSIGNED, IMAGES, NONE, BODY(vigil_image, signature_type, 0xff), "Type of the signature (Windows).") \
F(access_method, "vigil.access.method", STRING, BIT(PROCESS_ACCESS), NONE, WORD(vigil_access, method, vigil_method_name), "How: ptrace-attach, ptrace-seize, ptrace-traceme, ptrace-poke, ptrace-registers, process-write, mem-write.") \
F(access_address, "vigil.access.address", HEX, BIT(PROCESS_ACCESS), NONE, BODY(vigil_access, address, 0), "Where in the target.") \
C(access_module, "vigil.access.module", STRING, BIT(PROCESS_ACCESS), NONE, "Image whose code that is; needs image events to be recorded as well.") \
C(access_offset, "vigil.access.offset", HEX, BIT(PROCESS_ACCESS), NONE, "Where in that image.") \
F(access_length, "vigil.access.length", UNSIGNED, BIT(PROCESS_ACCESS), NONE, BODY(vigil_access, length, 0), "How many bytes were asked for.") \
C(access_result, "vigil.access.result", SIGNED, BIT(PROCESS_ACCESS), NONE, "What the call returned; below 0 an error number.") \
F(access_count, "vigil.access.count", UNSIGNED, BIT(PROCESS_ACCESS), NONE, BODY(vigil_access, count, 0), "Calls like this one by the process on the target by now; of ptrace-poke and ptrace-registers the 1st, 10th, 100th ... are told.") \
F(access_asked, "vigil.access.asked", BOOL, BIT(PROCESS_ACCESS), NONE, FLAG(vigil_access, VIGIL_ACCESS_ASKED), "Told before it was done: what came of it is not known.") \
F(access_own_child, "vigil.access.own_child", BOOL, BIT(PROCESS_ACCESS), NONE, FLAG(vigil_access, VIGIL_ACCESS_OWN_CHILD), "The target is a child of the process.") \
F(before_uid, "vigil.credentials.before.uid", STRING, CREDS, NONE, LINUX_ID(vigil_credentials, before.uid), "Real user before the change (Linux).") \
F(before_euid, "vigil.credentials.before.euid", STRING, CREDS, NONE, LINUX_ID(vigil_credentials, before.euid), "Effective user before the change (Linux).") \
F(before_suid, "vigil.credentials.before.suid", STRING, CREDS, NONE, LINUX_ID(vigil_credentials, before.suid), "Saved user before the change (Linux).") \
F(before_fsuid, "vigil.credentials.before.fsuid", STRING, CREDS, NONE, LINUX_ID(vigil_credentials, before.fsuid), "User for access to files before the change (Linux).") \
F(before_gid, "vigil.credentials.before.gid", STRING, CREDS, NONE, LINUX_ID(vigil_credentials, before.gid), "Real group before the change (Linux).") \
F(before_egid, "vigil.credentials.before.egid", STRING, CREDS, NONE, LINUX_ID(vigil_credentials, before.egid), "Effective group before the change (Linux).") \
F(before_sgid, "vigil.credentials.before.sgid", STRING, CREDS, NONE, LINUX_ID(vigil_credentials, before.sgid), "Saved group before the change (Linux).") \
F(before_fsgid, "vigil.credentials.before.fsgid", STRING, CREDS, NONE, LINUX_ID(vigil_credentials, before.fsgid), "Group for access to files before the change (Linux).") \
F(before_capabilities, "vigil.credentials.before.capabilities", HEX, CREDS, NONE, COUNT(vigil_credentials, before.effective), "Effective capabilities before the change, as a mask (Linux).") \
F(before_permitted, "vigil.credentials.before.permitted", HEX, CREDS, NONE, COUNT(vigil_credentials, before.permitted), "Permitted capabilities before the change, as a mask (Linux).") \
F(before_namespace, "vigil.credentials.before.user_namespace", UNSIGNED, CREDS, NONE, BODY(vigil_credentials, before.ns_user, 0), "Inode of the user namespace before the change (Linux).") \
F(after_uid, "vigil.credentials.after.uid", STRING, CREDS, NONE, LINUX_ID(vigil_credentials, after.uid), "Real user after the change (Linux).") \
F(after_euid, "vigil.credentials.after.euid", STRING, CREDS, NONE, LINUX_ID(vigil_credentials, after.euid), "Effective user after the change (Linux).") \
F(after_suid, "vigil.credentials.after.suid", STRING, CREDS, NONE, LINUX_ID(vigil_credentials, after.suid), "Saved user after the change (Linux).") \
F(after_fsuid, "vigil.credentials.after.fsuid", STRING, CREDS, NONE, LINUX_ID(vigil_credentials, after.fsuid), "User for access to files after the change (Linux).") \
F(after_gid, "vigil.credentials.after.gid", STRING, CREDS, NONE, LINUX_ID(vigil_credentials, after.gid), "Real group after the change (Linux).") \
F(after_egid, "vigil.credentials.after.egid", STRING, CREDS, NONE, LINUX_ID(vigil_credentials, after.egid), "Effective group after the change (Linux).") \
F(after_sgid, "vigil.credentials.after.sgid", STRING, CREDS, NONE, LINUX_ID(vigil_credentials, after.sgid), "Saved group after the change (Linux).") \
F(after_fsgid, "vigil.credentials.after.fsgid", STRING, CREDS, NONE, LINUX_ID(vigil_credentials, after.fsgid), "Group for access to files after the change (Linux).") \
F(after_capabilities, "vigil.credentials.after.capabilities", HEX, CREDS, NONE, COUNT(vigil_credentials, after.effective), "Effective capabilities after the change, as a mask (Linux).") \
F(after_permitted, "vigil.credentials.after.permitted", HEX, CREDS, NONE, COUNT(vigil_credentials, after.permitted), "Permitted capabilities after the change, as a mask (Linux).") \
F(after_namespace, "vigil.credentials.after.user_namespace", UNSIGNED, CREDS, NONE, BODY(vigil_credentials, after.ns_user, 0), "Inode of the user namespace after the change (Linux).") \
F(failed_filename, "vigil.exec_failed.filename", STRING, FAILED, NONE, PART(FILENAME), "Path that exec was called with, as it was given (Linux).") \
F(failed_args, "vigil.exec_failed.args", LIST, FAILED, NONE, PART(ARGS), "Arguments that it was called with.") \
F(failed_error, "vigil.exec_failed.error", UNSIGNED, FAILED, NONE, BODY(vigil_exec_failed, error, 0), "Number of the error, as errno has it.") \
F(failed_at, "vigil.exec_failed.at", BOOL, FAILED, NONE, FLAG(vigil_exec_failed, VIGIL_EXEC_FAILED_AT), "execveat: the path begins at an open directory, or is an open file.") \
F(denied_verdict, "vigil.denied.verdict", STRING, DENIED, NONE, WORD(vigil_denied, verdict, vigil_verdict_name), "audit: it was let through; deny: it was refused.") \
F(denied_status, "vigil.denied.status", UNSIGNED, DENIED, NONE, COUNT(vigil_denied, status), "What the caller was told: errno, or NTSTATUS on Windows.") \
F(denied_hits, "vigil.denied.hits", UNSIGNED, DENIED, NONE, COUNT(vigil_denied, hits), "How often the rule has matched.") \
F(denied_pid, "vigil.denied.pid", UNSIGNED, DENIED, NONE, BODY(vigil_denied, process.process.pid, 0), "PID that the new process would have had.") \
F(denied_command_line, "vigil.denied.command_line", STRING, DENIED, NONE, PART(COMMAND_LINE), "Command line that it would have had.") \
F(denied_args, "vigil.denied.args", LIST, DENIED, NONE, PART(ARGS), "Arguments that it would have had.") \
F(lost_count, "vigil.lost.count", UNSIGNED, BIT(LOST), NONE, COUNT(vigil_lost, count), "How many records are missing here.") \
F(lost_type, "vigil.lost.type", STRING, BIT(LOST), NONE, WORD(vigil_lost, type, vigil_type_name), "Type of the missing records, where they are of one type.") \
F(lost_reason, "vigil.lost.reason", STRING, BIT(LOST), NONE, WORD(vigil_lost, reason, vigil_loss_name), "Why: queue-full, overwritten, missed, no-memory, read-failed, not-written.") \
F(lost_cgroup_id, "vigil.lost.cgroup.id", STRING, BIT(LOST), NONE, BODY(vigil_lost_by, cgroup, 0), "Id of the control group whose processes lost most of these records (Linux).") \
F(lost_cgroup_path, "vigil.lost.cgroup.path", STRING, BIT(LOST), NONE, PART(CGROUP), "Path of that control group, or the end of it (Linux).") \
F(lost_cgroup_count, "vigil.lost.cgroup.count", UNSIGNED, BIT(LOST), NONE, BODY(vigil_lost_by, cgroup_count, 0), "How many of these records its processes lost (Linux).") \
F(snapshot_processes, "vigil.snapshot.processes", UNSIGNED, BIT(SNAPSHOT_END), NONE, COUNT(vigil_snapshot, processes), "How many running processes were told.") \
F(snapshot_threads, "vigil.snapshot.threads", UNSIGNED, BIT(SNAPSHOT_END), NONE, COUNT(vigil_snapshot, threads), "How many running threads were told.") \
F(status_state, "vigil.status.state", STRING, BIT(STATUS), NONE, WORD(vigil_status, state, vigil_state_name), "started, stopped, changed or warning.") \
C(status_types, "vigil.status.types", LIST, BIT(STATUS), NONE, "Types of events that are recorded.") \
F(status_backend, "vigil.status.backend", STRING, BIT(STATUS), NONE, PART(BACKEND), "Means that the sensor uses.") \
F(status_machine, "vigil.status.machine", HEX, BIT(STATUS), NONE, BODY(vigil_status, machine, 0), "Names host and boot; its last 32 bits begin each entity_id.") \
F(status_produced, "vigil.status.produced", UNSIGNED, BIT(STATUS), NONE, COUNT(vigil_status, produced), "Records that happened so far.") \
F(status_delivered, "vigil.status.delivered", UNSIGNED, BIT(STATUS), NONE, COUNT(vigil_status, delivered), "Records delivered so far.") \
F(status_dropped, "vigil.status.dropped", UNSIGNED, BIT(STATUS), NONE, COUNT(vigil_status, dropped), "Records lost so far.") \
F(cut, "vigil.cut", OBJECT, ALL, NONE, JSON_OBJECT, "Fields that the sensor cut, each with the bytes that it had; null: not known.") \
F(raw, "vigil.raw", OBJECT, ALL, NONE, JSON_OBJECT, "Fields whose bytes are not UTF-8, each with its exact bytes in base64; the items of a list are joined by NULs.")

/*
 * Where the JSON import puts a value whose field has no plain source, or another source than
 * its place in the record: X(field's id, types, source)
 */
#define SCHEMA_STORED(X) \
X(process_start, EXIT, BODY(vigil_exit, start, 0)) \
X(process_exit_code, EXIT, COUNT(vigil_exit, code)) \
X(process_args, STARTS, PART(ARGS)) \
X(process_thread_id, THREADS, BODY(vigil_thread, thread.tid, 0)) \
X(ancestors, SUBJECTS, PART(ANCESTORS)) \
X(ancestor_names, SUBJECTS, PART(ANCESTOR_NAMES)) \
X(filename, STARTS, PART(FILENAME)) \
X(host_name, BIT(STATUS), PART(HOST)) \
X(user_id, STARTS, LINUX_ID(vigil_process, uid)) \
X(user_id, DENIED, LINUX_ID(vigil_denied, process.uid)) \
X(user_id, WITH_IDS, IDS(uid)) \
X(user_id, STARTS | DENIED, PART(USER)) \
X(effective_user_id, STARTS, LINUX_ID(vigil_process, euid)) \
X(effective_user_id, DENIED, LINUX_ID(vigil_denied, process.euid)) \
X(effective_user_id, WITH_IDS, IDS(euid)) \
X(group_id, STARTS, LINUX_ID(vigil_process, gid)) \
X(group_id, EXIT, IDS(gid)) \
X(effective_group_id, STARTS, LINUX_ID(vigil_process, egid)) \
X(effective_group_id, EXIT, IDS(egid)) \
X(exit_user_time, EXIT, COUNT(vigil_exit, user_time)) \
X(exit_system_time, EXIT, COUNT(vigil_exit, system_time)) \
X(thread_exit_code, BIT(THREAD_EXIT), COUNT(vigil_thread, code)) \
X(target_thread_id, BIT(REMOTE_THREAD), BODY(vigil_thread, thread.tid, 0)) \
X(target_thread_id, BIT(PROCESS_ACCESS), BODY(vigil_access, target.tid, 0)) \
X(access_result, BIT(PROCESS_ACCESS), COUNT(vigil_access, result)) \
X(file_inode, BIT(DRIVER_LOAD), BODY(vigil_image, inode, 0)) \
X(file_inode, DENIED, BODY(vigil_denied, process.inode, 0)) \
X(file_name, BIT(DRIVER_LOAD), PART(NAME))

/* The processes and threads that a body names: X(types, body, member, prefix of the JSON). */
#define SCHEMA_IDS(X) \
X(STARTS, vigil_process, process, "process") \
X(STARTS, vigil_process, parent, "process.parent") \
X(STARTS, vigil_process, tracer, "vigil.process.tracer") \
X(EXIT, vigil_exit, process, "process") \
X(EXIT, vigil_exit, parent, "process.parent") \
X(THREADS, vigil_thread, thread, "process") \
X(BIT(REMOTE_THREAD), vigil_thread, thread, "Target.process") \
X(BIT(THREAD_EXIT), vigil_thread_end, creator, "vigil.thread.creator") \
X(BIT(IMAGE_LOAD), vigil_image, process, "process") \
X(BIT(PROCESS_ACCESS), vigil_access, target, "Target.process")
/* clang-format on */

#endif /* VIGIL_RECORD_SCHEMA_H */
