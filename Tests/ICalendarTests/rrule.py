"""Expands rules with python-dateutil: each line is `DTSTART RULE`; starts with the first date that matches the rule."""
import itertools, signal, sys
from datetime import datetime, timezone
from dateutil.rrule import rrulestr


class TooSlow(Exception):
    pass


def stop(*_):
    raise TooSlow


signal.signal(signal.SIGALRM, stop)
# The parent process may have blocked the signal.
signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM})
for line in open(sys.argv[1]):
    start, rule = line.split()
    # A rule that rarely matches takes minutes, and one that never matches may be refused: the line is then empty.
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    try:
        first = next(iter(rrulestr(rule, dtstart=datetime.strptime(start, "%Y%m%dT%H%M%S"))), None)
        times = [] if first is None else list(itertools.islice(rrulestr(rule, dtstart=first), 40))
    except (TooSlow, ValueError):
        times = []
    signal.setitimer(signal.ITIMER_REAL, 0)
    print(" ".join(str(int(time.replace(tzinfo=timezone.utc).timestamp())) for time in times))
