/* Reads calendars with libical and prints its complaints: libical FILE...
 * Each file must parse without an error, and contain what its METHOD and RFC 5545 require. */
#include <libical/ical.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int complaints(icalcomponent *component, const char *path) {
    int count = 0;
    for (icalproperty *p = icalcomponent_get_first_property(component, ICAL_ANY_PROPERTY); p;
         p = icalcomponent_get_next_property(component, ICAL_ANY_PROPERTY)) {
        if (icalproperty_isa(p) == ICAL_XLICERROR_PROPERTY) {
            printf("%s: %s\n", path, icalproperty_as_ical_string(p));
            count++;
        }
    }
    for (icalcomponent *c = icalcomponent_get_first_component(component, ICAL_ANY_COMPONENT); c;
         c = icalcomponent_get_next_component(component, ICAL_ANY_COMPONENT))
        count += complaints(c, path);
    return count;
}

int main(int argc, char **argv) {
    int count = 0;
    for (int i = 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "rb");
        if (!file) { printf("%s: cannot be opened\n", argv[i]); return 2; }
        fseek(file, 0, SEEK_END);
        long size = ftell(file);
        rewind(file);
        char *text = calloc(1, (size_t)size + 1);
        if (fread(text, 1, (size_t)size, file) != (size_t)size) return 2;
        fclose(file);
        icalcomponent *calendar = icalparser_parse_string(text);
        if (!calendar) {
            printf("%s: not parsed: %s\n", argv[i], icalerror_strerror(icalerrno));
            count++;
        } else {
            icalrestriction_check(calendar);
            count += complaints(calendar, argv[i]);
            printf("%s: %d events\n", argv[i], icalcomponent_count_components(calendar, ICAL_VEVENT_COMPONENT));
            icalcomponent_free(calendar);
        }
        free(text);
    }
    return count ? 1 : 0;
}
