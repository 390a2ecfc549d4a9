#ifndef USHER_CCURL_H
#define USHER_CCURL_H

#include <curl/curl.h>

/*
 * libcurl's variadic functions with their types written out, since Swift cannot call them. One function for each type of
 * value, so that a `long` can never be passed where libcurl reads a `curl_off_t`.
 */

/* Starts libcurl once for the process. */
CURLcode usher_curl_global_init(void);

CURLcode usher_curl_setopt_long(CURL *easy, CURLoption option, long value);
CURLcode usher_curl_setopt_offset(CURL *easy, CURLoption option, curl_off_t value);
CURLcode usher_curl_setopt_string(CURL *easy, CURLoption option, const char *value);
CURLcode usher_curl_setopt_pointer(CURL *easy, CURLoption option, void *value);
CURLcode usher_curl_setopt_list(CURL *easy, CURLoption option, struct curl_slist *value);

CURLcode usher_curl_set_write_function(CURL *easy, curl_write_callback function, void *context);
CURLcode usher_curl_set_header_function(CURL *easy, curl_write_callback function, void *context);
CURLcode usher_curl_set_seek_function(CURL *easy, curl_seek_callback function, void *context);
CURLcode usher_curl_set_debug_function(CURL *easy, curl_debug_callback function, void *context);
CURLcode usher_curl_set_prereq_function(CURL *easy, curl_prereq_callback function, void *context);
CURLcode usher_curl_set_opensocket_function(CURL *easy, curl_opensocket_callback function, void *context);
CURLcode usher_curl_set_closesocket_function(CURL *easy, curl_closesocket_callback function, void *context);
CURLcode usher_curl_set_progress_function(CURL *easy, curl_xferinfo_callback function, void *context);

CURLcode usher_curl_getinfo_long(CURL *easy, CURLINFO info, long *value);
CURLcode usher_curl_getinfo_string(CURL *easy, CURLINFO info, const char **value);

/* The socket of a connection that was made with CURLOPT_CONNECT_ONLY. */
CURLcode usher_curl_getinfo_socket(CURL *easy, curl_socket_t *value);

CURLMcode usher_curl_multi_setopt_long(CURLM *multi, CURLMoption option, long value);

/* Constants whose C type differs between versions of libcurl (enumeration, then `long`). */
extern const long usher_curl_http_version_1_0;
extern const long usher_curl_http_version_1_1;
extern const long usher_curl_http_version_2;
extern const long usher_curl_http_version_2_over_tls;
extern const long usher_curl_http_version_3;

/* Values that are `long` to libcurl, and macros or enumerations in its header. */
extern const long usher_curl_use_ssl_none;
extern const long usher_curl_use_ssl_all;
extern const long usher_curl_tls_1_2_or_newer;

/* Opens the socket libcurl asks for, closed on exec. */
curl_socket_t usher_curl_open_socket(const struct curl_sockaddr *address);

/* Writes the octets of the IP address about to be connected to; returns 4, 16, or 0 where it is no IP address. */
size_t usher_curl_ip_octets(const struct curl_sockaddr *address, unsigned char octets[16]);

/* Writes the address and port about to be connected to as text, such as 127.0.0.1:25 or [::1]:25. */
#define USHER_CURL_ADDRESS_TEXT 64
void usher_curl_address_text(const struct curl_sockaddr *address, char text[USHER_CURL_ADDRESS_TEXT]);

#endif
