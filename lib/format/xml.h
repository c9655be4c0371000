/* SPDX-License-Identifier: MIT */
/* xml.h - text inside an XML element. */
#ifndef VIGIL_FORMAT_XML_H
#define VIGIL_FORMAT_XML_H

#include "core/bytes.h"

/* On one line, whatever the bytes: escaped, and U+FFFD for what XML cannot have. */
void vigil_put_xml(struct vigil_buffer *b, const char *s, size_t length);

#endif /* VIGIL_FORMAT_XML_H */
