/* SPDX-License-Identifier: MIT */
/*
 * nats.h - the outlet of NATS JetStream, through libnats. nats.c sends and takes acknowledgments;
 * nats_options.c has the settings.
 */
#ifndef VIGIL_SHIP_NATS_H
#define VIGIL_SHIP_NATS_H

#include <nats/nats.h>

#include "library.h"
#include "outlet.h"

#define NATS_CONNECT_MS 3000

/* clang-format off */
#define NATS_CALLS(X) \
	X(nats_Open) X(natsOptions_Create) X(natsOptions_Destroy) X(natsOptions_SetServers) \
	X(natsOptions_SetName) X(natsOptions_SetTimeout) X(natsOptions_SetAllowReconnect) \
	X(natsOptions_SetErrorHandler) X(natsOptions_SetUserInfo) X(natsOptions_SetToken) \
	X(natsOptions_SetUserCredentialsFromFiles) X(natsOptions_SetSecure) \
	X(natsOptions_LoadCATrustedCertificates) X(natsOptions_LoadCertificatesChain) \
	X(natsOptions_SetIOBufSize) X(natsOptions_SetWriteDeadline) \
	X(natsConnection_Connect) X(natsConnection_Destroy) X(natsConnection_Status) \
	X(natsConnection_PublishMsg) X(natsConnection_SubscribeSync) \
	X(natsConnection_GetLastError) X(natsSubscription_SetPendingLimits) \
	X(natsSubscription_NextMsg) X(natsSubscription_Destroy) X(natsInbox_Create) \
	X(natsInbox_Destroy) X(natsMsg_Create) X(natsMsg_Destroy) X(natsMsg_GetData) \
	X(natsMsg_GetDataLength) X(natsMsg_GetSubject) X(natsMsgHeader_Set) \
	X(nats_GetLastError) X(natsStatus_GetText)
/* clang-format on */

struct nats_calls {
	NATS_CALLS(LIBRARY_MEMBER)
};
extern struct nats_calls nats; /* loaded by nats_load() */

extern const struct outlet_setting nats_settings[];

enum vigil_code nats_load(struct vigil_error *error);

/* Checks the settings; uses neither the network nor files. */
enum vigil_code nats_check(const struct ship_settings *settings, struct vigil_error *error);

/* Makes the options of a connection, to be destroyed. Reads the files that the settings name. On
 * failure *options is NULL. */
enum vigil_code nats_options_make(natsOptions **options, const struct ship_settings *settings,
				  struct vigil_error *error);

#endif /* VIGIL_SHIP_NATS_H */
