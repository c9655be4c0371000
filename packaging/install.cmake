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
install(FILES include/vigil/event.h include/vigil/vigil.h
	DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/vigil)
install(FILES ${PROJECT_BINARY_DIR}/vigil.pc
	DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
file(GLOB pages1 ${PROJECT_SOURCE_DIR}/docs/man/*.1)
file(GLOB pages3 ${PROJECT_SOURCE_DIR}/docs/man/*.3)
install(FILES ${pages1} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${pages3} DESTINATION ${CMAKE_INSTALL_MANDIR}/man3)
install(FILES packaging/vigil.bash
	DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME vigil)
