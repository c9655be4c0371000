/* SPDX-License-Identifier: MIT */
#include "run.h"

const struct options_group run_system_options;
