#define _GNU_SOURCE
#include "CCurl.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* The names in brackets keep libcurl's type-checking macros away: the types are in our signatures. */

CURLcode usher_curl_global_init(void) { return curl_global_init(CURL_GLOBAL_DEFAULT); }

CURLcode usher_curl_setopt_long(CURL *easy, CURLoption option, long value)
{
    return (curl_easy_setopt)(easy, option, value);
}

CURLcode usher_curl_setopt_offset(CURL *easy, CURLoption option, curl_off_t value)
{
    return (curl_easy_setopt)(easy, option, value);
}

CURLcode usher_curl_setopt_string(CURL *easy, CURLoption option, const char *value)
{
    return (curl_easy_setopt)(easy, option, value);
}

CURLcode usher_curl_setopt_pointer(CURL *easy, CURLoption option, void *value)
{
    return (curl_easy_setopt)(easy, option, value);
}

CURLcode usher_curl_setopt_list(CURL *easy, CURLoption option, struct curl_slist *value)
{
    return (curl_easy_setopt)(easy, option, value);
}

/* Sets a callback and its context together, so that neither is ever forgotten. */
#define USHER_CURL_CALLBACK(NAME, TYPE, FUNCTION, DATA)                              \
    CURLcode NAME(CURL *easy, TYPE function, void *context)                          \
    {                                                                                \
        CURLcode code = (curl_easy_setopt)(easy, FUNCTION, function);                \
        return code == CURLE_OK ? (curl_easy_setopt)(easy, DATA, context) : code;    \
    }

USHER_CURL_CALLBACK(usher_curl_set_write_function, curl_write_callback, CURLOPT_WRITEFUNCTION, CURLOPT_WRITEDATA)
USHER_CURL_CALLBACK(usher_curl_set_header_function, curl_write_callback, CURLOPT_HEADERFUNCTION, CURLOPT_HEADERDATA)
USHER_CURL_CALLBACK(usher_curl_set_seek_function, curl_seek_callback, CURLOPT_SEEKFUNCTION, CURLOPT_SEEKDATA)
USHER_CURL_CALLBACK(usher_curl_set_debug_function, curl_debug_callback, CURLOPT_DEBUGFUNCTION, CURLOPT_DEBUGDATA)
USHER_CURL_CALLBACK(usher_curl_set_prereq_function, curl_prereq_callback, CURLOPT_PREREQFUNCTION, CURLOPT_PREREQDATA)
USHER_CURL_CALLBACK(
    usher_curl_set_opensocket_function, curl_opensocket_callback, CURLOPT_OPENSOCKETFUNCTION, CURLOPT_OPENSOCKETDATA)
USHER_CURL_CALLBACK(
    usher_curl_set_closesocket_function, curl_closesocket_callback, CURLOPT_CLOSESOCKETFUNCTION, CURLOPT_CLOSESOCKETDATA)
USHER_CURL_CALLBACK(
    usher_curl_set_progress_function, curl_xferinfo_callback, CURLOPT_XFERINFOFUNCTION, CURLOPT_XFERINFODATA)

CURLcode usher_curl_getinfo_long(CURL *easy, CURLINFO info, long *value)
{
    return (curl_easy_getinfo)(easy, info, value);
}

CURLcode usher_curl_getinfo_string(CURL *easy, CURLINFO info, const char **value)
{
    return (curl_easy_getinfo)(easy, info, value);
}

CURLcode usher_curl_getinfo_socket(CURL *easy, curl_socket_t *value)
{
    return (curl_easy_getinfo)(easy, CURLINFO_ACTIVESOCKET, value);
}

CURLMcode usher_curl_multi_setopt_long(CURLM *multi, CURLMoption option, long value)
{
    return (curl_multi_setopt)(multi, option, value);
}

const long usher_curl_http_version_1_0 = CURL_HTTP_VERSION_1_0;
const long usher_curl_http_version_1_1 = CURL_HTTP_VERSION_1_1;
const long usher_curl_http_version_2 = CURL_HTTP_VERSION_2_0;
const long usher_curl_http_version_2_over_tls = CURL_HTTP_VERSION_2TLS;
const long usher_curl_http_version_3 = CURL_HTTP_VERSION_3;

const long usher_curl_use_ssl_none = CURLUSESSL_NONE;
const long usher_curl_use_ssl_all = CURLUSESSL_ALL;
const long usher_curl_tls_1_2_or_newer = CURL_SSLVERSION_TLSv1_2;

curl_socket_t usher_curl_open_socket(const struct curl_sockaddr *address)
{
#ifdef SOCK_CLOEXEC
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
#else
    return socket(address->family, address->socktype, address->protocol);
#endif
}

/* `addr` is declared as the short `struct sockaddr`, but libcurl stores `addrlen` octets there. */
size_t usher_curl_ip_octets(const struct curl_sockaddr *address, unsigned char octets[16])
{
    const unsigned char *stored = (const unsigned char *)&address->addr;
    if (address->family == AF_INET && address->addrlen >= sizeof(struct sockaddr_in)) {
        memcpy(octets, stored + offsetof(struct sockaddr_in, sin_addr), 4);
        return 4;
    }
    if (address->family == AF_INET6 && address->addrlen >= sizeof(struct sockaddr_in6)) {
        memcpy(octets, stored + offsetof(struct sockaddr_in6, sin6_addr), 16);
        return 16;
    }
    return 0;
}

void usher_curl_address_text(const struct curl_sockaddr *address, char text[USHER_CURL_ADDRESS_TEXT])
{
    unsigned char octets[16];
    const size_t count = usher_curl_ip_octets(address, octets);
    char name[INET6_ADDRSTRLEN] = "";
    in_port_t port = 0;
    if (count == 4)
        memcpy(&port, (const unsigned char *)&address->addr + offsetof(struct sockaddr_in, sin_port), sizeof port);
    if (count == 16)
        memcpy(&port, (const unsigned char *)&address->addr + offsetof(struct sockaddr_in6, sin6_port), sizeof port);
    if (count == 0 || !inet_ntop(address->family, octets, name, sizeof name))
        snprintf(text, USHER_CURL_ADDRESS_TEXT, "an unknown address");
    else
        snprintf(text, USHER_CURL_ADDRESS_TEXT, count == 16 ? "[%s]:%u" : "%s:%u", name, (unsigned)ntohs(port));
}
