/* The same work as bench-ical.swift, with libical: `write N PATH` or `read PATH`. */
#include <libical/ical.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEAMS "https://teams.microsoft.com/l/meetup-join/19%3ameeting_NjQ0YWE2ZmUtYzQ5OC00%40thread.v2/0?context=%7b%22Tid%22%3a%22x%22%7d"

static icalcomponent *event(int number) {
    char uid[64], summary[128];
    icaltimezone *utc = icaltimezone_get_utc_timezone();
    icaltimetype start = icaltime_from_timet_with_zone(1796824800 + (time_t)number * 3600, 0, utc);
    icaltimetype end = icaltime_from_timet_with_zone(1796824800 + (time_t)number * 3600 + 5400, 0, utc);
    snprintf(uid, sizeof uid, "6f1c2a3e-8f0b-5d5e-9d55-%d", number);
    snprintf(summary, sizeof summary, "Webinar %d: Cloud security; what’s next, and why", number);
    icalcomponent *event = icalcomponent_new(ICAL_VEVENT_COMPONENT);
    icalcomponent_add_property(event, icalproperty_new_uid(uid));
    icalcomponent_add_property(event, icalproperty_new_dtstamp(start));
    icalcomponent_add_property(event, icalproperty_new_created(start));
    icalcomponent_add_property(event, icalproperty_new_lastmodified(start));
    icalcomponent_add_property(event, icalproperty_new_sequence(number % 5));
    icalcomponent_add_property(event, icalproperty_new_dtstart(start));
    icalcomponent_add_property(event, icalproperty_new_dtend(end));
    icalcomponent_add_property(event, icalproperty_new_status(ICAL_STATUS_CONFIRMED));
    icalcomponent_add_property(event, icalproperty_new_transp(ICAL_TRANSP_OPAQUE));
    icalcomponent_add_property(event, icalproperty_new_class(ICAL_CLASS_PUBLIC));
    icalcomponent_add_property(event, icalproperty_new_summary(summary));
    icalcomponent_add_property(event, icalproperty_new_description(
        "Join: " TEAMS "\n\nWe look at what changed during the year, and at what that means for those who run systems; "
        "questions are welcome, at any time.\nMeeting ID: 123 456 789\nPasscode: a\\b"));
    icalcomponent_add_property(event, icalproperty_new_location("Microsoft Teams"));
    icalcomponent_add_property(event, icalproperty_new_url(TEAMS));
    icalproperty *conference = icalproperty_new_conference(TEAMS);
    icalproperty_add_parameter(conference, icalparameter_new_value(ICAL_VALUE_URI));
    icalproperty_add_parameter(conference, icalparameter_new_from_string("FEATURE=AUDIO,VIDEO"));
    icalproperty_add_parameter(conference, icalparameter_new_label("Join: here"));
    icalcomponent_add_property(event, conference);
    icalproperty *organizer = icalproperty_new_organizer("mailto:events@contoso.com");
    icalproperty_add_parameter(organizer, icalparameter_new_cn("Contoso: Events"));
    icalcomponent_add_property(event, organizer);
    icalcomponent_add_property(event, icalproperty_new_categories("Webinar,Security"));
    icalproperty *join = icalproperty_new_x(TEAMS);
    icalproperty_set_x_name(join, "X-MICROSOFT-SKYPETEAMSMEETINGURL");
    icalcomponent_add_property(event, join);
    return event;
}

static int write_feed(int count, const char *path) {
    FILE *file = fopen(path, "wb");
    if (!file) return 2;
    fputs("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Contoso//Events 1.0//EN\r\nCALSCALE:GREGORIAN\r\n", file);
    for (int i = 0; i < count; i++) {
        icalcomponent *one = event(i);
        char *text = icalcomponent_as_ical_string_r(one);
        fputs(text, file);
        free(text);
        icalcomponent_free(one);
    }
    fputs("END:VCALENDAR\r\n", file);
    return fclose(file);
}

static char *line(char *buffer, size_t size, void *file) { return fgets(buffer, (int)size, (FILE *)file); }

static int read_feed(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) return 2;
    icalparser *parser = icalparser_new();
    icalparser_set_gen_data(parser, file);
    icalcomponent *calendar = icalparser_parse(parser, line);
    long long sum = 0;
    int events = 0;
    for (icalcomponent *c = icalcomponent_get_first_component(calendar, ICAL_VEVENT_COMPONENT); c;
         c = icalcomponent_get_next_component(calendar, ICAL_VEVENT_COMPONENT)) {
        events++;
        sum += icaltime_as_timet_with_zone(icalcomponent_get_dtstart(c), icaltimezone_get_utc_timezone());
    }
    printf("%d %lld\n", events, sum);
    icalcomponent_free(calendar);
    icalparser_free(parser);
    return fclose(file);
}

int main(int argc, char **argv) {
    if (argc == 4 && !strcmp(argv[1], "write")) return write_feed(atoi(argv[2]), argv[3]);
    if (argc == 3 && !strcmp(argv[1], "read")) return read_feed(argv[2]);
    return 2;
}
