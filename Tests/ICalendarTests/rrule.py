"""Expands rules with python-dateutil: each line `DTSTART RULE`, from the first start on that the rule has itself."""
import itertools, signal, sys
from datetime import datetime, timezone
from dateutil.rrule import rrulestr


class TooSlow(Exception):
    pass


def stop(*_):
    raise TooSlow


signal.signal(signal.SIGALRM, stop)
# Whoever starts this may have blocked it.
signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM})
for line in open(sys.argv[1]):
    start, rule = line.split()
    # A rule that comes rarely takes it minutes, one that never comes it may refuse: then the line stays empty.
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    try:
        first = next(iter(rrulestr(rule, dtstart=datetime.strptime(start, "%Y%m%dT%H%M%S"))), None)
        times = [] if first is None else list(itertools.islice(rrulestr(rule, dtstart=first), 40))
    except (TooSlow, ValueError):
        times = []
    signal.setitimer(signal.ITIMER_REAL, 0)
    print(" ".join(str(int(time.replace(tzinfo=timezone.utc).timestamp())) for time in times))
