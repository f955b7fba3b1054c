# Tests, found by glob and registered with ctest, one entry a program:
#   tests/unit/FOLDER/*_test.cc            gjallar_FOLDER_tests        label unit
#   tests/{property,fault,simulation}/…    gjallar_KIND_tests          label property, fault, simulation
#   tests/fuzz/NAME_fuzz.cc                NAME_fuzz                   label fuzz (replays tests/fuzz/corpus/NAME)
#   tests/integration/test_*.py            integration.NAME            label integration
#   tests/browser/test_*.py                browser.NAME                label browser
#   tests/house/test_*.py                  house.NAME                  label unit
set(source ${CMAKE_CURRENT_SOURCE_DIR})
set(test_environment GJALLAR_BIN=${CMAKE_RUNTIME_OUTPUT_DIRECTORY} GJALLAR_SOURCE=${source}
    GJALLAR_PYTHON=${GJALLAR_PYTHON_OUT} PYTHONDONTWRITEBYTECODE=1)
if(GJALLAR_SANITIZE MATCHES "thread")
  list(APPEND test_environment
       "TSAN_OPTIONS=ignore_noninstrumented_modules=1:halt_on_error=1:second_deadlock_stack=1")
elseif(GJALLAR_SANITIZE)
  list(APPEND test_environment "ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1"
       "UBSAN_OPTIONS=print_stacktrace=1")
endif()
set(test_timeout_s 300)
if(GJALLAR_SANITIZE)
  set(test_timeout_s 1200)
endif()

function(gjallar_register name label)
  add_test(NAME ${name} COMMAND ${ARGN} WORKING_DIRECTORY ${CMAKE_BINARY_DIR})
  set_tests_properties(${name} PROPERTIES LABELS "${label}" ENVIRONMENT "${test_environment}"
                       TIMEOUT ${test_timeout_s})
endfunction()

add_library(gjallar_catch_main OBJECT ${source}/tests/support/catch_main.cc)
target_include_directories(gjallar_catch_main PRIVATE ${source})
target_compile_options(gjallar_catch_main PRIVATE -O0 -g0)
file(GLOB support CONFIGURE_DEPENDS ${source}/tests/support/*.cc)
list(FILTER support EXCLUDE REGEX "_main\\.cc$")
gjallar_folder_library(gjallar_test_support SOURCES ${support} LINK gjallar_core)

# Tests of the core link nothing of the edges, so that they build in the tsan preset too.
function(gjallar_catch_tests name label everything)
  add_executable(${name} ${ARGN} $<TARGET_OBJECTS:gjallar_catch_main>)
  target_link_libraries(${name} PRIVATE gjallar_warnings gjallar_test_support)
  target_compile_options(${name} PRIVATE -O1)  # what is tested is optimized as it runs; the tests compile faster
  if(everything)
    target_link_libraries(${name} PRIVATE gjallar_edges gjallar_tool)
  endif()
  gjallar_register(${name} ${label} ${name})
endfunction()

file(GLOB folders RELATIVE ${source}/tests/unit CONFIGURE_DEPENDS ${source}/tests/unit/*)
foreach(folder IN LISTS folders)
  file(GLOB_RECURSE tests CONFIGURE_DEPENDS ${source}/tests/unit/${folder}/*_test.cc)
  if(tests AND folder IN_LIST GJALLAR_CORE_FOLDERS)
    gjallar_catch_tests(gjallar_${folder}_tests unit FALSE ${tests})
  elseif(tests AND GJALLAR_EDGES)
    gjallar_catch_tests(gjallar_${folder}_tests unit TRUE ${tests})
  endif()
endforeach()
foreach(kind property fault simulation)
  file(GLOB tests CONFIGURE_DEPENDS ${source}/tests/${kind}/*_test.cc)
  if(tests)
    gjallar_catch_tests(gjallar_${kind}_tests ${kind} FALSE ${tests})
  endif()
endforeach()

# Fuzz targets link a plain main in the ordinary build, so they never rot.
file(GLOB fuzzers CONFIGURE_DEPENDS ${source}/tests/fuzz/*_fuzz.cc)
if(NOT GJALLAR_EDGES)
  set(fuzzers "")
endif()
foreach(fuzzer IN LISTS fuzzers)
  get_filename_component(name ${fuzzer} NAME_WE)
  string(REGEX REPLACE "_fuzz$" "" subject ${name})
  add_executable(${name} ${fuzzer})
  target_link_libraries(${name} PRIVATE gjallar_warnings gjallar_edges)
  set(corpus ${source}/tests/fuzz/corpus/${subject})
  if(GJALLAR_LIBFUZZER)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    gjallar_register(${name} fuzz ${name} -runs=0 ${corpus})
  else()
    target_sources(${name} PRIVATE ${source}/tests/support/fuzz_main.cc)
    gjallar_register(${name} fuzz ${name} ${corpus})
  endif()
endforeach()

file(GLOB scripts CONFIGURE_DEPENDS ${source}/tests/house/test_*.py)
if(GJALLAR_EDGES)
  file(GLOB integration CONFIGURE_DEPENDS ${source}/tests/integration/test_*.py ${source}/tests/browser/test_*.py)
endif()
foreach(script IN LISTS scripts integration)
  get_filename_component(name ${script} NAME_WE)
  get_filename_component(kind ${script} DIRECTORY)
  get_filename_component(kind ${kind} NAME)
  string(REGEX REPLACE "^test_" "" name ${name})
  set(label ${kind})
  if(kind STREQUAL "house")
    set(label unit)
  endif()
  gjallar_register(${kind}.${name} ${label} /usr/bin/python3 ${script})
  if(name STREQUAL "cuts")
    set_tests_properties(${kind}.${name} PROPERTIES COST 100 TIMEOUT 1200)  # takes longest: begins first
  endif()
endforeach()
