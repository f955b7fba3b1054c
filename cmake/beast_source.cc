// The compiled halves of Beast and of Asio's TLS streams, once for the whole project.
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/beast/src.hpp>
