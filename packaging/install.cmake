# SPDX-License-Identifier: MIT
# What `make install` puts where: the command, the libraries, the headers, the
# pkg-config file, the manual pages, the completion.
file(RELATIVE_PATH VIGIL_PC_PREFIX
	/${CMAKE_INSTALL_LIBDIR}/pkgconfig /) # found again wherever the tree is put
configure_file(packaging/vigil.pc.in ${PROJECT_BINARY_DIR}/vigil.pc @ONLY)

install(TARGETS vigil RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS vigil_static vigil_shared
	ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
	LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/vigil/ ${PROJECT_BINARY_DIR}/include/vigil/
	DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/vigil
	FILES_MATCHING PATTERN "*.h")
install(FILES ${PROJECT_BINARY_DIR}/vigil.pc
	DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
foreach(section 1 3 5)
	install(DIRECTORY docs/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section}
		FILES_MATCHING PATTERN "*.${section}")
endforeach()
install(DIRECTORY examples DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.c")
install(FILES packaging/vigil.logrotate DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES packaging/vigil.bash
	DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME vigil)

option(VIGIL_PACKAGE "Install what only packages contain: settings, what restarts the service" OFF)
include(packaging/units.cmake)
if(VIGIL_PACKAGE)
	install(FILES ${VIGIL_UNITS}/vigil.conf DESTINATION ${CMAKE_INSTALL_FULL_SYSCONFDIR}/vigil)
	install(PROGRAMS packaging/restart.sh DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/vigil
		RENAME restart)
endif()
