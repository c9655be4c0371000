/* SPDX-License-Identifier: MIT */
/* service_files.h - the files in packaging/ that `vigil service install` writes. */
#ifndef VIGIL_SERVICE_FILES_H
#define VIGIL_SERVICE_FILES_H

extern const char service_unit[];     /* systemd; %VIGIL% is this command's path */
extern const char service_rules[];    /* what enforcement needs; %RULES% is the rules file */
extern const char service_reload[];   /* for systemd 253 and later */
extern const char service_network[];  /* what --network adds */
extern const char service_perf[];     /* what some kernels need for perf */
extern const char service_user[];     /* systemd-sysusers: the user that the service runs as */
extern const char service_settings[]; /* %LOG% is the default path of the log */

/* Returns text with the first `mark` replaced, to be freed; NULL: no memory. */
char *service_fill(const char *text, const char *mark, const char *value);

#endif /* VIGIL_SERVICE_FILES_H */
