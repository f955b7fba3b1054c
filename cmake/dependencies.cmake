# Debian 12's packages as two targets: what gjallar_core may use, and what only the edges may use.
# pkg-config where a package's own CMake configuration would drag in build-time extras.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(Protobuf REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(fmt REQUIRED CONFIG)
find_package(spdlog REQUIRED CONFIG)
find_package(Boost 1.81 REQUIRED)
pkg_check_modules(rocksdb REQUIRED IMPORTED_TARGET rocksdb)
pkg_check_modules(absl_time REQUIRED IMPORTED_TARGET absl_time)  # time zones; gRPC brings it along anyway

# Asio and JSON are compiled once here, not in every file that includes them.
add_library(gjallar_boost STATIC ${CMAKE_CURRENT_SOURCE_DIR}/cmake/boost_source.cc)
target_compile_definitions(gjallar_boost PUBLIC BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)
target_link_libraries(gjallar_boost PUBLIC Boost::headers Threads::Threads)

add_library(gjallar_core_dependencies INTERFACE)
target_include_directories(gjallar_core_dependencies INTERFACE ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(gjallar_core_dependencies INTERFACE
  gjallar_boost PkgConfig::rocksdb PkgConfig::absl_time protobuf::libprotobuf OpenSSL::Crypto spdlog::spdlog fmt::fmt)

if(NOT GJALLAR_EDGES)
  return()
endif()
find_package(CLI11 REQUIRED CONFIG)
pkg_check_modules(grpc REQUIRED IMPORTED_TARGET grpc++)
pkg_check_modules(tomlplusplus REQUIRED IMPORTED_TARGET tomlplusplus)
pkg_check_modules(prometheus REQUIRED IMPORTED_TARGET prometheus-cpp-core)
pkg_check_modules(libxml2 REQUIRED IMPORTED_TARGET libxml-2.0)
pkg_check_modules(xmlsec REQUIRED IMPORTED_TARGET xmlsec1-openssl)
find_library(GJALLAR_GRPC_REFLECTION grpc++_reflection REQUIRED)
find_program(GJALLAR_GRPC_PLUGIN grpc_cpp_plugin REQUIRED)
find_program(GJALLAR_GRPC_PYTHON_PLUGIN grpc_python_plugin)

# Beast and Asio's TLS, likewise compiled once.
add_library(gjallar_beast STATIC ${CMAKE_CURRENT_SOURCE_DIR}/cmake/beast_source.cc)
target_compile_definitions(gjallar_beast PUBLIC BOOST_BEAST_SEPARATE_COMPILATION)
target_link_libraries(gjallar_beast PUBLIC gjallar_boost OpenSSL::SSL)

add_library(gjallar_edges_dependencies INTERFACE)
target_link_libraries(gjallar_edges_dependencies INTERFACE
  gjallar_core_dependencies gjallar_beast ${GJALLAR_GRPC_REFLECTION} PkgConfig::grpc
  PkgConfig::tomlplusplus PkgConfig::prometheus PkgConfig::libxml2 PkgConfig::xmlsec CLI11::CLI11 OpenSSL::SSL)
