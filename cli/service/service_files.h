/* SPDX-License-Identifier: MIT */
/* service_files.h - the files in packaging/ that `vigil service install` writes. */
#ifndef VIGIL_SERVICE_FILES_H
#define VIGIL_SERVICE_FILES_H

extern const char service_unit[];     /* systemd; %VIGIL% is this command's path */
extern const char service_rules[];    /* what it needs for rules; %RULES% is their file */
extern const char service_perf[];     /* what it needs for perf on some kernels */
extern const char service_user[];     /* systemd-sysusers: the user that it runs as */
extern const char service_settings[]; /* %LOG% is where the log lies by default */

/* text with the first `mark` replaced, to be freed; NULL: no memory. */
char *service_fill(const char *text, const char *mark, const char *value);

#endif /* VIGIL_SERVICE_FILES_H */
