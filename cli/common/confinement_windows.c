/* SPDX-License-Identifier: MIT */
#include "confinement.h"

void confinement_begin(struct confinement *confinement)
{
	(void)confinement;
}

void confinement_files(struct confinement *confinement)
{
	(void)confinement;
}

void confinement_complete(struct confinement *confinement)
{
	(void)confinement;
}
