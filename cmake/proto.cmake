# proto/ is the import root. `gjallar_proto`: every message, no gRPC. `gjallar_proto_grpc`: the stubs of
# the *_service.proto files. Generated into build/PRESET/proto, so `#include "gjallar/v1/alert.pb.h"`.
set(GJALLAR_PROTO_ROOT ${CMAKE_CURRENT_SOURCE_DIR}/proto)
set(GJALLAR_PROTO_OUT ${CMAKE_BINARY_DIR}/proto)
set(GJALLAR_PYTHON_OUT ${CMAKE_BINARY_DIR}/python)
file(MAKE_DIRECTORY ${GJALLAR_PROTO_OUT} ${GJALLAR_PYTHON_OUT})
file(GLOB_RECURSE proto_files RELATIVE ${GJALLAR_PROTO_ROOT} CONFIGURE_DEPENDS
     ${GJALLAR_PROTO_ROOT}/gjallar/*.proto)

set(messages "")
set(stubs "")
set(python "")
foreach(proto IN LISTS proto_files)
  string(REGEX REPLACE "\\.proto$" "" stem ${proto})
  string(REPLACE "/" "_" flat ${stem})
  set(out ${GJALLAR_PROTO_OUT}/${stem})
  add_custom_command(
    OUTPUT ${out}.pb.cc ${out}.pb.h
    COMMAND protobuf::protoc -I ${GJALLAR_PROTO_ROOT} --cpp_out=${GJALLAR_PROTO_OUT}
            --dependency_out=${CMAKE_BINARY_DIR}/${flat}.d ${GJALLAR_PROTO_ROOT}/${proto}
    DEPENDS ${GJALLAR_PROTO_ROOT}/${proto}
    DEPFILE ${CMAKE_BINARY_DIR}/${flat}.d
    COMMENT "protoc ${proto}" VERBATIM)
  list(APPEND messages ${out}.pb.cc ${out}.pb.h)
  if(GJALLAR_EDGES AND stem MATCHES "_service$")
    add_custom_command(
      OUTPUT ${out}.grpc.pb.cc ${out}.grpc.pb.h
      COMMAND protobuf::protoc -I ${GJALLAR_PROTO_ROOT} --grpc_out=${GJALLAR_PROTO_OUT}
              --plugin=protoc-gen-grpc=${GJALLAR_GRPC_PLUGIN} ${GJALLAR_PROTO_ROOT}/${proto}
      DEPENDS ${GJALLAR_PROTO_ROOT}/${proto}
      COMMENT "protoc ${proto} (gRPC)" VERBATIM)
    list(APPEND stubs ${out}.grpc.pb.cc ${out}.grpc.pb.h)
  endif()
  if(GJALLAR_GRPC_PYTHON_PLUGIN AND NOT stem MATCHES "/storage/")
    set(python_stub "")
    set(python_flags "")
    if(stem MATCHES "_service$")
      set(python_stub ${GJALLAR_PYTHON_OUT}/${stem}_pb2_grpc.py)
      set(python_flags --grpc_out=${GJALLAR_PYTHON_OUT}
                       --plugin=protoc-gen-grpc=${GJALLAR_GRPC_PYTHON_PLUGIN})
    endif()
    add_custom_command(
      OUTPUT ${GJALLAR_PYTHON_OUT}/${stem}_pb2.py ${python_stub}
      COMMAND protobuf::protoc -I ${GJALLAR_PROTO_ROOT} --python_out=${GJALLAR_PYTHON_OUT} ${python_flags}
              ${GJALLAR_PROTO_ROOT}/${proto}
      DEPENDS ${GJALLAR_PROTO_ROOT}/${proto}
      COMMENT "protoc ${proto} (Python, for the foreign clients of the tests)" VERBATIM)
    list(APPEND python ${GJALLAR_PYTHON_OUT}/${stem}_pb2.py)
  endif()
endforeach()

if(messages)
  add_library(gjallar_proto STATIC ${messages})
  gjallar_separate_files(gjallar_proto)  # generated files share names
  target_compile_options(gjallar_proto PRIVATE -w)
  target_include_directories(gjallar_proto SYSTEM PUBLIC ${GJALLAR_PROTO_OUT})
  target_link_libraries(gjallar_proto PUBLIC protobuf::libprotobuf)
else()
  add_library(gjallar_proto INTERFACE)
endif()
target_link_libraries(gjallar_core_dependencies INTERFACE gjallar_proto)

if(GJALLAR_EDGES)
  if(stubs)
    add_library(gjallar_proto_grpc STATIC ${stubs})
    target_compile_options(gjallar_proto_grpc PRIVATE -w)
    # Compiled as one file: nearly all of the work is in gRPC's headers.
    set_target_properties(gjallar_proto_grpc PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
    target_link_libraries(gjallar_proto_grpc PUBLIC gjallar_proto PkgConfig::grpc)
  else()
    add_library(gjallar_proto_grpc INTERFACE)
  endif()
  target_link_libraries(gjallar_edges_dependencies INTERFACE gjallar_proto_grpc)
endif()
if(python AND GJALLAR_TESTS)
  add_custom_target(gjallar_proto_python ALL DEPENDS ${python})
endif()
