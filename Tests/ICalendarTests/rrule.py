"""Expands rules with python-dateutil: each line is `DTSTART RULE`; starts with the first date that matches the rule."""
import itertools, signal, sys
from datetime import datetime, timezone
from dateutil.rrule import rrulestr


class TooSlow(Exception):
    pass


def stop(*_):
    raise TooSlow


signal.signal(signal.SIGVTALRM, stop)
# The parent process may have blocked the signal.
signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGVTALRM})
for line in open(sys.argv[1]):
    start, rule = line.split()
    # A rule that rarely matches takes minutes, and one that never matches may be refused: the line is then empty.
    # The alarm may come as late as the call that switches it off, so that is inside the outer try.
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.1)
        try:
            first = next(iter(rrulestr(rule, dtstart=datetime.strptime(start, "%Y%m%dT%H%M%S"))), None)
            times = [] if first is None else list(itertools.islice(rrulestr(rule, dtstart=first), 40))
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    except (TooSlow, ValueError):
        times = []
    print(" ".join(str(int(time.replace(tzinfo=timezone.utc).timestamp())) for time in times))
