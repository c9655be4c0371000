/* SPDX-License-Identifier: MIT */
/* service_terms.h - terms of Linux in the help and the messages. */
#ifndef VIGIL_SERVICE_TERMS_H
#define VIGIL_SERVICE_TERMS_H

#define SERVICE_CONFIG       "/etc/vigil/vigil.conf"
#define SERVICE_LOG          "/var/log/vigil/vigil.log"
#define SERVICE_SPOOL        "/var/lib/vigil/spool"
#define SERVICE_STATUS       "/run/vigil-service/status"
#define SERVICE_SUDO         "sudo "
#define SERVICE_INSTALL_HELP "make a unit of systemd, vigil.service, and enable it"
#define SERVICE_EXAMPLE      "  sudo vigil service install --rules /etc/vigil/rules\n"

#endif /* VIGIL_SERVICE_TERMS_H */
