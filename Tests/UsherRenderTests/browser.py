"""Looks at pages with Chromium: browser.py VIEWS [PICTURES], JSON to standard output.

VIEWS holds a list of ways to look, each with `page` (a file), `zone`, `scheme` (light, dark), `width` (CSS pixels), `script` (whether the page's own may run), `now` (ISO 8601)
and `checks` (whether axe-core judges it). One browser looks at all, driven through its debugging pipe (file descriptors 3 and 4). PICTURES names a folder for screenshots.
"""
import base64, importlib.util, json, os, pathlib, shutil, signal, subprocess, sys, tempfile, threading

PATIENCE = 240  # Seconds until the browser is given up on: a busy machine takes half a minute for all.

READ = """(() => {
  const visible = element => element.checkVisibility({ visibilityProperty: true });
  const root = document.documentElement;
  return {
    days: [...document.querySelectorAll("main section")].filter(visible).map(day => ({
      date: day.querySelector("h2").innerText,
      sessions: [...day.querySelectorAll("article")].filter(visible).map(session => ({
        subject: session.querySelector("h3").innerText,
        time: session.querySelector(".time").innerText.replace(/\\s+/g, " "),
        join: [...session.querySelectorAll("a[data-join]")].filter(visible).map(link => link.href)[0] ?? null,
        note: [...session.querySelectorAll("a[data-join] + span, [data-later]")].filter(visible).map(note => note.innerText)[0] ?? null,
      })),
    })),
    viewer: [...document.querySelectorAll("[data-viewer]")].filter(visible).map(note => note.innerText)[0] ?? null,
    scrollsBy: Math.max(root.scrollWidth, document.body.scrollWidth) - root.clientWidth,
    background: getComputedStyle(document.body).backgroundColor,
  };
})()"""

JUDGE = """axe.run(document, { resultTypes: ["violations", "incomplete"] }).then(result =>
  [...result.violations, ...result.incomplete].flatMap(rule => rule.nodes.map(node => rule.id + ": " + node.target.join(" ") + ": " + node.failureSummary)))"""


class Browser:
    """Chromium behind its debugging pipe: one JSON object after the other, a NUL after each."""

    def __init__(self, profile):
        (theirs_in, self.out), (self.source, theirs_out) = os.pipe(), os.pipe()
        # The shell puts the pipe where Chromium expects it, and becomes Chromium: the process id is the browser's.
        command = [shutil.which("chromium") or "chromium", "--headless=new", "--remote-debugging-pipe", f"--user-data-dir={profile}", "--no-first-run",
                   "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update", "--hide-scrollbars"]
        if os.geteuid() == 0:
            command.append("--no-sandbox")
        self.process = subprocess.Popen(["bash", "-c", f'exec 3<&{theirs_in} 4>&{theirs_out}; exec "$@"', "chromium", *command], pass_fds=[theirs_in, theirs_out],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        os.close(theirs_in), os.close(theirs_out)
        self.count, self.rest, self.session, self.seen = 0, b"", None, []
        self.guard = threading.Timer(PATIENCE, self.kill)
        self.guard.start()

    def kill(self):
        """Ends the browser and the processes it has started: they are a session of their own."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def close(self):
        self.guard.cancel()
        self.kill()
        self.process.wait()

    def receive(self):
        while b"\0" not in self.rest:
            more = os.read(self.source, 1 << 16)
            if not more:
                raise SystemExit("Chromium has gone")
            self.rest += more
        text, self.rest = self.rest.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, **parameters):
        """The answer to a command; events that come meanwhile are kept."""
        self.count += 1
        message = {"id": self.count, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        rest = json.dumps(message).encode() + b"\0"
        while rest:
            rest = rest[os.write(self.out, rest):]
        while True:
            answer = self.receive()
            if answer.get("id") == self.count:
                if "error" in answer:
                    raise SystemExit(f"{method}: {answer['error']}")
                return answer["result"]
            self.seen.append(answer)

    def wait(self, event):
        """Waits for an event that may have come already."""
        while not any(message.get("method") == event for message in self.seen):
            self.seen.append(self.receive())

    def value(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise SystemExit(json.dumps(result["exceptionDetails"]))
        return result["result"]["value"]


def look(browser, view, axe, picture):
    """What a person finds there, what leaves the machine, and what axe-core has to say."""
    browser.session = None
    target = browser.call("Target.createTarget", url="about:blank")["targetId"]
    browser.session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    for domain in ("Page", "Network", "Runtime"):
        browser.call(f"{domain}.enable")
    browser.call("Emulation.setTimezoneOverride", timezoneId=view["zone"])
    browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": view["scheme"]}])
    browser.call("Emulation.setDeviceMetricsOverride", width=view["width"], height=900, deviceScaleFactor=1, mobile=view["width"] < 600)
    browser.call("Emulation.setScriptExecutionDisabled", value=not view["script"])
    browser.call("Page.addScriptToEvaluateOnNewDocument", source=f"Date.now = () => Date.parse({json.dumps(view['now'])});")
    browser.seen = []
    browser.call("Page.navigate", url=pathlib.Path(view["page"]).absolute().as_uri())
    browser.wait("Page.loadEventFired")
    found = browser.value(READ)
    faults = [message["params"]["exceptionDetails"]["text"] for message in browser.seen if message.get("method") == "Runtime.exceptionThrown"]
    # The page's own script has had its moment; axe-core needs one of its own.
    browser.call("Emulation.setScriptExecutionDisabled", value=False)
    if view["checks"]:
        browser.value(axe + "\ntrue")
        found["violations"] = browser.value(JUDGE)
    else:
        found["violations"] = []
    if picture:
        content = browser.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": view["width"], "height": content["height"], "scale": 1}
        picture.write_bytes(base64.b64decode(browser.call("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)["data"]))
    requests = [message["params"]["request"]["url"] for message in browser.seen if message.get("method") == "Network.requestWillBeSent"]
    found.update(requests=[url for url in requests if not url.startswith("file:")], asked=len(requests), faults=faults)
    browser.session = None
    browser.call("Target.closeTarget", targetId=target)
    return found


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("told to stop"))
    views = json.loads(pathlib.Path(sys.argv[1]).read_text())
    pictures = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None
    package = importlib.util.find_spec("axe_core_python")
    axe = (pathlib.Path(package.submodule_search_locations[0]) / "axe.min.js").read_text()
    with tempfile.TemporaryDirectory(prefix="usher-browser-", ignore_cleanup_errors=True) as profile:
        browser = Browser(profile)
        try:
            found = [look(browser, view, axe, pictures and pictures / f"{number}.png") for number, view in enumerate(views)]
        finally:
            browser.close()
    print(json.dumps(found))


main()
