# gjallar_part(FOLDER WHOLE DEPENDENCIES): the static library gjallar_FOLDER_part of broker/FOLDER, linked
# to the parts declared before it (the folders to its left), and made a member of WHOLE.
set(GJALLAR_PARTS "" CACHE INTERNAL "parts declared so far")
function(gjallar_part folder whole dependencies)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/broker/${folder}/*.cc)
  target_link_libraries(${whole} INTERFACE ${dependencies})
  if(NOT sources)
    return()
  endif()
  set(target gjallar_${folder}_part)
  add_library(${target} STATIC ${sources})
  # Derives from a class of RocksDB, which Debian builds without type information.
  set_source_files_properties(${CMAKE_CURRENT_SOURCE_DIR}/broker/log/engine_logger.cc PROPERTIES
                              COMPILE_OPTIONS -fno-rtti SKIP_UNITY_BUILD_INCLUSION ON)
  target_link_libraries(${target} PRIVATE gjallar_warnings PUBLIC ${GJALLAR_PARTS} ${dependencies})
  target_link_libraries(${whole} INTERFACE ${target})
  set(GJALLAR_PARTS ${target} ${GJALLAR_PARTS} CACHE INTERNAL "parts declared so far")
endfunction()

# gjallar_folder_library(TARGET GLOB... LINK targets): a static library of the sources found, if any.
function(gjallar_folder_library target)
  cmake_parse_arguments(arg "" "" "SOURCES;LINK" ${ARGN})
  if(arg_SOURCES)
    add_library(${target} STATIC ${arg_SOURCES})
    target_link_libraries(${target} PRIVATE gjallar_warnings PUBLIC ${arg_LINK})
  else()
    add_library(${target} INTERFACE)
    target_link_libraries(${target} INTERFACE ${arg_LINK})
  endif()
endfunction()
