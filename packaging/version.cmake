# SPDX-License-Identifier: MIT
# VIGIL_VERSION, as project() in the top CMakeLists.txt sets it, and <vigil/version.h> made from
# it. Also for the parts that can be built alone.
set(VIGIL_TOP ${CMAKE_CURRENT_LIST_DIR}/..)
file(STRINGS ${VIGIL_TOP}/CMakeLists.txt VIGIL_VERSION REGEX "^project")
string(REGEX MATCH "([0-9]+)[.]([0-9]+)[.]([0-9]+)" VIGIL_VERSION "${VIGIL_VERSION}")
set(VIGIL_VERSION_MAJOR ${CMAKE_MATCH_1})
set(VIGIL_VERSION_MINOR ${CMAKE_MATCH_2})
set(VIGIL_VERSION_PATCH ${CMAKE_MATCH_3})
set(VIGIL_CONFIGURED ${CMAKE_BINARY_DIR}/include)
configure_file(${VIGIL_TOP}/include/vigil/version.h.in ${VIGIL_CONFIGURED}/vigil/version.h @ONLY)
