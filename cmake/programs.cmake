# The programs and the C++ client library. The client and the command line see the contract, broker/core and
# broker/domain only (tests/house checks the includes).
set(source ${CMAKE_CURRENT_SOURCE_DIR})

file(GLOB client CONFIGURE_DEPENDS ${source}/subscribers/client/*.cc)
gjallar_folder_library(gjallar_client SOURCES ${client} LINK gjallar_core gjallar_edges_dependencies)

if(EXISTS ${source}/broker/main.cc)
  add_executable(gjallard broker/main.cc)
  target_link_libraries(gjallard PRIVATE gjallar_warnings gjallar_edges)
endif()

file(GLOB_RECURSE tool CONFIGURE_DEPENDS ${source}/tools/gjallar/*.cc)
set(tool_main ${tool})
list(FILTER tool_main INCLUDE REGEX "/tools/gjallar/main\\.cc$")
list(FILTER tool EXCLUDE REGEX "/tools/gjallar/main\\.cc$")
gjallar_folder_library(gjallar_tool SOURCES ${tool} LINK gjallar_client)
if(tool_main)
  add_executable(gjallar ${tool_main})
  target_link_libraries(gjallar PRIVATE gjallar_warnings gjallar_tool)
endif()
