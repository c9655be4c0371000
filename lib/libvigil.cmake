# SPDX-License-Identifier: MIT
# The libraries that are installed. Whatever is not declared with VIGIL_API is hidden.
set(VIGIL_ABI 0.2) # of the SONAME and the version script; programs of another ABI do not start
set(map ${CMAKE_CURRENT_SOURCE_DIR}/libvigil.map)

add_library(vigil_shared SHARED ${VIGIL_OBJECTS})
target_link_libraries(vigil_shared PRIVATE PkgConfig::LIBBPF PkgConfig::CRYPTO PkgConfig::CAPNG
	${VIGIL_STORE_NEEDS} ${VIGIL_DETECT_NEEDS})
target_link_options(vigil_shared PRIVATE -Wl,--version-script=${map})
if(NOT VIGIL_SANITIZE AND NOT VIGIL_FUZZ) # a sanitizer's functions are in the program
	target_link_options(vigil_shared PRIVATE -Wl,-z,defs)
endif()
set_target_properties(vigil_shared PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${VIGIL_ABI}
	LINK_DEPENDS ${map} OUTPUT_NAME vigil LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})

# An archive has no version script: all objects become one, whose hidden symbols become local.
set(object ${CMAKE_CURRENT_BINARY_DIR}/libvigil.o)
add_custom_command(OUTPUT ${object}
	COMMAND ${CMAKE_LINKER} -r -o ${object} ${VIGIL_OBJECTS}
	COMMAND ${CMAKE_OBJCOPY} --localize-hidden ${object}
	DEPENDS ${VIGIL_OBJECTS}
	COMMAND_EXPAND_LISTS VERBATIM)
add_library(vigil_static STATIC ${object})
set_target_properties(vigil_static PROPERTIES LINKER_LANGUAGE C OUTPUT_NAME vigil
	ARCHIVE_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
