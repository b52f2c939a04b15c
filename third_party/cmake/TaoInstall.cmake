# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What `cmake --install` installs, and how the parts find each other afterwards: tools look for the compiler library relative
# to themselves, the compiler library for LLVM where it was at build time.
#
# A program that loads a compiled model needs only the package: find_package(tao), then link tao::loader.
include(CMakePackageConfigHelpers)

set(relativeLib "../${CMAKE_INSTALL_LIBDIR}")
foreach(tool taoc tao-opt tao-run tao-reduce tao-lsp-server)
  if(TARGET ${tool})
    set_target_properties(${tool} PROPERTIES INSTALL_RPATH "$ORIGIN/${relativeLib};${TAO_LLVM_LIB}")
  endif()
endforeach()
set_target_properties(tao-compiler PROPERTIES INSTALL_RPATH "$ORIGIN;${TAO_LLVM_LIB}")

install(TARGETS taoc tao-opt tao-run tao-reduce tao-lsp-server RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS tao-compiler LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
# taoc finds the runtime beside the compiler library.
install(TARGETS tao_runtime ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY "${PROJECT_SOURCE_DIR}/runtime/include/tao" DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

set(packageDir "${CMAKE_INSTALL_LIBDIR}/cmake/tao")
set_target_properties(tao_loader PROPERTIES EXPORT_NAME loader)
install(TARGETS tao_loader EXPORT taoTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT taoTargets NAMESPACE tao:: DESTINATION ${packageDir})
configure_package_config_file("${PROJECT_SOURCE_DIR}/third_party/cmake/taoConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/taoConfig.cmake" INSTALL_DESTINATION ${packageDir} PATH_VARS CMAKE_INSTALL_BINDIR)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/taoConfigVersion.cmake" COMPATIBILITY SameMajorVersion)
install(FILES "${PROJECT_BINARY_DIR}/taoConfig.cmake" "${PROJECT_BINARY_DIR}/taoConfigVersion.cmake"
  DESTINATION ${packageDir})
