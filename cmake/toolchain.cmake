# Language, warnings, sanitizers, compiler cache and where programs go.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_CXX_FLAGS_RELEASE "-O2" CACHE STRING "Assertions stay on: no NDEBUG" FORCE)
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g" CACHE STRING "" FORCE)

# Most of a small file's compile time is its headers: several files of a folder are compiled as one. So names in anonymous namespaces are
# unique within a folder; where a folder wants it otherwise (gjallar_separate_files), each file is compiled by itself.
option(GJALLAR_UNITY "Compile several files of a target at once" ON)
set(CMAKE_UNITY_BUILD ${GJALLAR_UNITY})
set(CMAKE_UNITY_BUILD_BATCH_SIZE 6)
function(gjallar_separate_files target)
  if(TARGET ${target})
    get_target_property(type ${target} TYPE)
    if(NOT type STREQUAL "INTERFACE_LIBRARY")
      set_target_properties(${target} PROPERTIES UNITY_BUILD OFF)
    endif()
  endif()
endfunction()

find_program(GJALLAR_CCACHE ccache)
if(GJALLAR_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${GJALLAR_CCACHE})
endif()

# A file that includes gRPC takes about 1 GB to compile: as many at once as cores and memory allow.
cmake_host_system_information(RESULT cores QUERY NUMBER_OF_LOGICAL_CORES)
cmake_host_system_information(RESULT memory_mib QUERY TOTAL_PHYSICAL_MEMORY)
math(EXPR jobs "${memory_mib} / 1500")
if(jobs GREATER cores)
  set(jobs ${cores})
elseif(jobs LESS 1)
  set(jobs 1)
endif()
set_property(GLOBAL PROPERTY JOB_POOLS compile=${jobs} link=${jobs})
set(CMAKE_JOB_POOL_COMPILE compile)
set(CMAKE_JOB_POOL_LINK link)

# Warnings apply to our own sources only: generated ones and libraries opt out.
add_library(gjallar_warnings INTERFACE)
target_compile_options(gjallar_warnings INTERFACE -Wall -Wextra -Wpedantic)
if(GJALLAR_WERROR)
  target_compile_options(gjallar_warnings INTERFACE -Werror)
endif()

if(GJALLAR_SANITIZE)
  add_compile_options(-fsanitize=${GJALLAR_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${GJALLAR_SANITIZE})
  if(GJALLAR_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize=vptr)  # Debian's RocksDB is built without type information
  endif()
endif()
if(GJALLAR_LIBFUZZER)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "GJALLAR_LIBFUZZER needs clang: use the preset asan or fuzz")
  endif()
  target_compile_options(gjallar_warnings INTERFACE -fsanitize=fuzzer-no-link)  # our sources only
endif()
