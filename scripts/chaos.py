"""Kills a built usher at chosen system calls, and compares what the receivers got with what its ledger says; see scripts/chaos."""
import argparse
import json
import multiprocessing
import os
import queue
import random
import sys
import time

import chaos_faults
import chaos_oracle
from chaos_receivers import Receivers
from chaos_servers import Servers
from chaos_time import TimeWorld
from chaos_world import Tally, World

# What must not happen; the last three are judged only in worlds with time.
PROBLEMS = ("duplicates", "losses", "wrong", "late", "lost", "wrong_revisions")


def kind_of(options, index):
    """Half of the worlds have time."""
    if options.kind != "both":
        return options.kind
    return random.Random(f"kind/{options.seed}/{index}").choice(["still", "time"])


def work(options, lane, quota, results):
    """Runs worlds number lane, lane + jobs, …, until the quota is used up, or one scenario."""
    os.nice(options.nice)
    receivers, servers = Receivers(options.seed), Servers()
    if options.scenario:
        results.put(("done", chaos_faults.play(options, receivers, options.scenario)))
        return
    tally, index = Tally(), lane
    while (sum(quota) > 0 or index < options.worlds) and not (options.world is not None and index != lane):
        share = tuple(min(part, most) for part, most in zip(quota, options.per_world))
        if sum(share) == 0:
            share = quota
        is_time = kind_of(options, index) == "time"
        part = TimeWorld(options, servers, index, share).play() if is_time else World(options, receivers, index, share).play()
        tally.add(part)
        quota = (quota[0] - part.count["kills"], quota[1] - part.count["powers"])
        index += options.jobs
        if options.progress:
            results.put(("progress", part))
    receivers.close()
    servers.close()
    results.put(("done", tally))


def main():
    parser = argparse.ArgumentParser(prog="scripts/chaos", description="Kills usher repeatedly, and counts what arrived.")
    parser.add_argument("--usher", required=True, help="the binary (scripts/chaos builds it)")
    parser.add_argument("--library", required=True, help="the compiled chaos.c")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--power", type=int, default=40, help="power failures")
    parser.add_argument("--kind", choices=["both", "still", "time"], help="worlds without or with time; both, if the worker is usher")
    parser.add_argument("--worlds", type=int, default=0, help="play at least so many worlds, also without kills")
    parser.add_argument("--time-people", type=int, default=6, help="attendees of an event in a world with time")
    parser.add_argument("--time-kill-share", type=float, default=0.5, help="the part of the runs of a world with time that is to be killed")
    parser.add_argument("--tamper", choices=[*chaos_oracle.TAMPER, "each"],
                        help="falsify the record of each world with time, so that the oracle finds it; each: try all on copies, and report what it did not find")
    parser.add_argument("--jobs", type=int, default=2, help="how many worlds run at once")
    parser.add_argument("--people", type=int, default=40, help="attendees per world; each gets six deliveries")
    parser.add_argument("--worker", choices=["usher", "after", "before"], default="usher")
    parser.add_argument("--scenario", choices=list(chaos_faults.SCENARIOS), help="run one of these scenarios instead of kills")
    parser.add_argument("--lying-disk", action="store_true", help="flushes keep nothing; power failures must then cause duplicates")
    parser.add_argument("--world", type=int, help="only this world of the seed, to investigate a problem")
    parser.add_argument("--keep", action="store_true", help="keep the folders of worlds with problems")
    parser.add_argument("--json", action="store_true", help="print the outcome as JSON")
    parser.add_argument("--progress", action="store_true", help="print progress on standard error")
    parser.add_argument("--nice", type=int, default=0)
    parser.add_argument("--scratch", default="/dev/shm" if os.access("/dev/shm", os.W_OK) else None, help="the folder for the worlds")
    options = parser.parse_args()
    options.usher = os.path.abspath(options.usher)
    if options.kind is None:
        options.kind = "still" if options.worker != "usher" or options.lying_disk else "both"
    started = time.monotonic()
    deaths = max(options.kills + options.power, 1)
    options.per_world = (max(1, round(40 * options.kills / deaths)), max(1, round(40 * options.power / deaths)))
    if options.world is not None or options.scenario:
        options.jobs = 1
    results = multiprocessing.Queue()
    lanes = []
    for lane in range(options.jobs):
        quota = tuple(part // options.jobs + (lane < part % options.jobs) for part in (options.kills, options.power))
        first = lane if options.world is None else options.world
        lanes.append(multiprocessing.Process(target=work, args=(options, first, quota, results)))
        lanes[-1].start()
    total, waiting, so_far, reported = Tally(), options.jobs, Tally(), started
    while waiting:
        try:
            kind, part = results.get(timeout=1)
        except queue.Empty:
            if any(lane.exitcode not in (None, 0) for lane in lanes):
                sys.exit("chaos: the harness itself failed")
            continue
        if kind == "done":
            total.add(part)
            waiting -= 1
        else:
            so_far.add(part)
            if time.monotonic() - reported > 20:
                reported = time.monotonic()
                print(json.dumps({"seconds": round(reported - started)} | so_far.outcome()), file=sys.stderr, flush=True)
    for lane in lanes:
        lane.join()
    report(options, total, time.monotonic() - started)


def report(options, total, seconds):
    count = total.count
    is_good = not any(count[name] for name in PROBLEMS)
    is_done = options.world is not None or options.scenario or (count["kills"] >= options.kills and count["powers"] >= options.power)
    outcome = {"worker": options.worker, "seed": options.seed, "good": bool(is_good and is_done), "seconds": round(seconds, 1)} | total.outcome()
    if options.json:
        print(json.dumps(outcome))
    else:
        for name, value in outcome.items():
            if name != "problems":
                print(f"{name.replace('_', ' '):28} {value}")
        for problem in outcome["problems"]:
            print(f"  {problem}")
    sys.exit(0 if outcome["good"] else 1)


if __name__ == "__main__":
    main()
