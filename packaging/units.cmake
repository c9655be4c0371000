# SPDX-License-Identifier: MIT
# What packages of a distribution contain besides the installed files, in BUILD/packaging: the
# settings, vigil.service, and vigil-upgrade.service, which records while an upgrade restarts the
# first (packaging/restart.sh). `vigil service install` writes the same files by itself.
set(VIGIL_UNITS ${PROJECT_BINARY_DIR}/packaging)

# unit_replace(REGEX TEXT): in ${unit}; an error if nothing matches.
function(unit_replace regex text)
	string(REGEX REPLACE "${regex}" "${text}" changed "${unit}")
	if(changed STREQUAL unit)
		message(FATAL_ERROR "packaging/vigil.service.in has no \"${regex}\"")
	endif()
	set(unit "${changed}" PARENT_SCOPE)
endfunction()

foreach(name vigil.service.in vigil.conf)
	set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
		${CMAKE_CURRENT_LIST_DIR}/${name})
endforeach()
file(READ ${CMAKE_CURRENT_LIST_DIR}/vigil.conf settings)
string(REPLACE "%LOG%" "/var/log/vigil/vigil.log" settings "${settings}")
file(WRITE ${VIGIL_UNITS}/vigil.conf "${settings}")

file(READ ${CMAKE_CURRENT_LIST_DIR}/vigil.service.in unit)
string(REPLACE ";" "\\;" unit "${unit}")
string(REPLACE "%VIGIL%" "/usr/bin/vigil" unit "${unit}")
file(WRITE ${VIGIL_UNITS}/vigil.service "${unit}")

unit_replace("\n#[^\n]*" "")
unit_replace("Description=[^\n]*" "Description=Vigil, events while an upgrade restarts vigil.service")
unit_replace("ExecStart=[^\n]*"
	"ExecStart=/usr/bin/vigil run --config /run/vigil-upgrade.conf --output /var/log/vigil/upgrade.log --keep 1")
unit_replace("ExecReload=[^\n]*\n" "")
unit_replace("Restart=[^\n]*" "Restart=no")
unit_replace("RuntimeDirectory=[^\n]*" "RuntimeDirectory=vigil-upgrade")
unit_replace("\n*.Install.\n.*" "\n")
file(WRITE ${VIGIL_UNITS}/vigil-upgrade.service "${unit}")
