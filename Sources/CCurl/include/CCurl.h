/* Typed wrappers for libcurl's variadic calls, which Swift cannot import. */
#ifndef CCURL_H
#define CCURL_H

#include <curl/curl.h>
#include <stddef.h>

/* What a body callback is given; returns how many octets it took: fewer aborts the transfer. */
typedef size_t (*usher_curl_write)(char *bytes, size_t size, size_t count, void *context);

CURLcode usher_curl_set_long(CURL *handle, CURLoption option, long value);
CURLcode usher_curl_set_text(CURL *handle, CURLoption option, const char *value);
CURLcode usher_curl_set_offset(CURL *handle, CURLoption option, curl_off_t value);
CURLcode usher_curl_set_pointer(CURL *handle, CURLoption option, void *value);
CURLcode usher_curl_set_list(CURL *handle, CURLoption option, struct curl_slist *value);
CURLcode usher_curl_set_write(CURL *handle, CURLoption option, usher_curl_write value);
CURLcode usher_curl_get_long(CURL *handle, CURLINFO info, long *value);

/* The bytes of a body, copied by libcurl. */
CURLcode usher_curl_set_body(CURL *handle, const void *bytes, size_t count);

#endif
