/* SPDX-License-Identifier: MIT */
/* service_terms.h - terms of Windows in the help and the messages. */
#ifndef VIGIL_SERVICE_TERMS_H
#define VIGIL_SERVICE_TERMS_H

#define SERVICE_CONFIG       "%ProgramData%\\Vigil\\vigil.conf"
#define SERVICE_LOG          "%ProgramData%\\Vigil\\vigil.log"
#define SERVICE_SUDO         ""
#define SERVICE_INSTALL_HELP "install the driver and the service that reads it"
#define SERVICE_EXAMPLE      ""

#endif /* VIGIL_SERVICE_TERMS_H */
