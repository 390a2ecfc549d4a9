"""Makes the pictures in README.md from the demonstration job: pictures.py --usher PATH [--to FOLDER].

usher runs on a copy of jobs/demo.yaml in a temporary folder, with a fixed clock; chromium renders what it wrote.
"""
import argparse
import collections
import email
import email.policy
import html
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

FIRST_RUN, SECOND_RUN, PLANNED = "2026-12-01T09:00:00Z", "2026-12-01T09:30:00Z", "2026-12-08T14:05:00Z"
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
RECIPIENT = "ada.byron@example.co.uk"
WIDTHS = {"plan": 1216, "mail": 660, "page": 800}
SCALES = {"plan": 1.2, "mail": 1.5, "page": 1.4}
HEAD = """<!doctype html><html lang="en"><meta charset="utf-8"><style>
body { margin: 0; padding: 12px; background: #e8eaf1; font: 15px/1.45 "DejaVu Sans", sans-serif; color: #16181d; }
.window { background: #fff; border-radius: 10px; overflow: hidden; border: 1px solid #c9cddb; }
.bar { padding: 9px 14px; background: #d5d8e3; color: #454b5a; font-size: 13px; }
.terminal { background: #16181d; color: #e4e6ee; padding: 14px 18px 18px; font: 13px/1.5 "DejaVu Sans Mono", monospace; white-space: pre-wrap; }
.terminal b { color: #8fd3a6; font-weight: normal; }
.terminal .head { color: #9fb0ff; }
.fields { padding: 16px 22px; border-bottom: 1px solid #dfe2ec; display: grid; grid-template-columns: 90px 1fr; gap: 3px 8px; }
.fields dt { color: #545a69; } .fields dd { margin: 0; }
.attached { padding: 12px 22px; border-top: 1px solid #dfe2ec; color: #454b5a; font-size: 13px; }
iframe { border: 0; width: 100%; display: block; }
</style>"""


def main():
    parser = argparse.ArgumentParser(prog="scripts/pictures", description="Makes the pictures in README.md.")
    parser.add_argument("--usher", required=True, help="the program")
    parser.add_argument("--to", default="docs/pictures", help="the folder for the pictures (docs/pictures)")
    options = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium:
        sys.exit("pictures: chromium is missing. Install it with scripts/setup test, or apt-get install chromium.")
    os.makedirs(options.to, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="usher-pictures-") as folder:
        job = copy_job(folder)
        usher(options.usher, "run", job, "--now", FIRST_RUN)
        mail = invitation(folder)
        change_events(folder)
        plan = usher(options.usher, "plan", job, "--now", PLANNED)
        usher(options.usher, "run", job, "--now", SECOND_RUN)
        for name, page in {"plan": plan_page(plan), "mail": mail_page(mail), "page": public_page(folder)}.items():
            path = f"{folder}/{name}.html"
            with open(path, "w") as file:
                file.write(page)
            target = os.path.join(options.to, f"{name}.png")
            screenshot(chromium, folder, path, WIDTHS[name], SCALES[name], target)
            shrink(target)
            print(f"{target}: {os.path.getsize(target) / 1000:.0f} kB")


def usher(program, *arguments):
    """Runs usher and returns what a terminal would show."""
    result = subprocess.run([program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if result.returncode != 0:
        sys.exit(f"pictures: usher {' '.join(arguments)} ended with {result.returncode}:\n{result.stdout}")
    return result.stdout


def copy_job(folder):
    """Copies the demonstration job, with everything it writes inside the folder."""
    shutil.copytree("jobs/demo", f"{folder}/jobs/demo")
    with open("jobs/demo.yaml") as source, open(f"{folder}/jobs/demo.yaml", "w") as copy:
        copy.write(source.read().replace("../var/demo/", "../"))
    return f"{folder}/jobs/demo.yaml"


def change_events(folder):
    """Moves one session by a day and cancels another, as scripts/demo does."""
    path = f"{folder}/jobs/demo/events.json"
    with open(path) as file:
        text = file.read()
    text = text.replace("2026-12-16T15:00:00.0000000", "2026-12-17T15:00:00.0000000")
    text = text.replace("2026-12-16T16:30:00.0000000", "2026-12-17T16:30:00.0000000")
    text = text.replace('"subject": "Questions to the board",', '"subject": "Questions to the board", "isCanceled": true,')
    with open(path, "w") as file:
        file.write(text)


def invitation(folder):
    """The mail to one recipient whose file name sorts first, so that it is the same one each time."""
    for name in sorted(os.listdir(f"{folder}/outbox")):
        with open(f"{folder}/outbox/{name}", "rb") as file:
            message = email.message_from_binary_file(file, policy=email.policy.default)
        if RECIPIENT in message["To"]:
            return message
    sys.exit(f"pictures: no mail to {RECIPIENT} in the outbox")


def plan_page(plan):
    lines = []
    for line in plan.splitlines():
        text = html.escape(line)
        lines.append(f'<span class="head">{text}</span>' if line.startswith("WHAT ") else text)
    shown = "\n".join(lines)
    return (f'{HEAD}<div class="window"><div class="bar">usher plan</div><div class="terminal">'
            f"<b>$ usher plan jobs/demo.yaml --now {PLANNED}</b>\n{shown}</div></div>")


def mail_page(message):
    body = message.get_body(("html",)).get_content()
    fields = "".join(f"<dt>{name}</dt><dd>{html.escape(str(message[name]))}</dd>" for name in ("From", "To", "Subject"))
    attached = ", ".join(part.get_filename() for part in message.walk() if part.get_filename())
    frame = f'<iframe srcdoc="{html.escape(body)}" onload="this.style.height = this.contentDocument.documentElement.scrollHeight + \'px\'"></iframe>'
    return (f'{HEAD}<div class="window"><div class="bar">Mail</div><dl class="fields" style="margin: 0">{fields}</dl>{frame}'
            f'<div class="attached">Attached: {html.escape(attached)}</div></div>')


def public_page(folder):
    """The page as published, with the clock of the run: which links it shows depends on the time."""
    with open(f"{folder}/public/index.html") as file:
        page = file.read()
    clock = f"<script>Date.now = () => Date.parse('{SECOND_RUN}');</script>"
    return page.replace("<head>", "<head>" + clock, 1)


def screenshot(chromium, folder, page, width, scale, target):
    """Renders a page as a PNG that is as high as the page."""
    def run(*arguments):
        command = [chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--lang=en-US", f"--user-data-dir={folder}/profile",
                   f"--force-device-scale-factor={scale}", "--font-render-hinting=none", "--virtual-time-budget=3000", *arguments, f"file://{page}"]
        environment = dict(os.environ, TZ="Europe/Berlin", LANGUAGE="en_US", HOME=folder)
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    with open(page, "a") as file:
        file.write("<script>addEventListener('load', () => setTimeout(() => document.documentElement.dataset.height = "
                   "Math.ceil(document.body.getBoundingClientRect().height), 500))</script>")
    height = re.search(r'data-height="(\d+)"', run(f"--window-size={width},900", "--dump-dom"))
    if not height:
        sys.exit(f"pictures: chromium does not render {page}")
    run(f"--window-size={width},{height[1]}", f"--screenshot={os.path.abspath(target)}")


def shrink(path):
    """Rewrites a PNG with a palette, which makes it half as large: text on a plain background has few colors."""
    with open(path, "rb") as file:
        width, height, pixels = png_pixels(file.read())
    counts = collections.Counter(pixels)
    palette = [color for color, _ in sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))[:256]]
    index = {color: number for number, color in enumerate(palette)}
    for color in counts:
        if color not in index:
            index[color] = min(range(len(palette)), key=lambda number: sum((a - b) ** 2 for a, b in zip(palette[number], color)))
    rows = (bytes([0]) + bytes(index[color] for color in pixels[start:start + width]) for start in range(0, width * height, width))
    parts = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)), (b"PLTE", b"".join(map(bytes, palette))),
             (b"IDAT", zlib.compress(b"".join(rows), 9)), (b"IEND", b"")]
    with open(path, "wb") as file:
        file.write(PNG_SIGNATURE)
        for kind, content in parts:
            file.write(struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content)))


def png_pixels(png):
    """Width, height, and the pixels of a PNG with 8 bits per channel and without interlacing, as (red, green, blue)."""
    offset, compressed, header = len(PNG_SIGNATURE), b"", b""
    while offset < len(png):
        length, kind = struct.unpack(">I4s", png[offset:offset + 8])
        content = png[offset + 8:offset + 8 + length]
        if kind == b"IHDR":
            header = content
        elif kind == b"IDAT":
            compressed += content
        offset += length + 12
    width, height, depth, color, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    channels = {2: 3, 6: 4}.get(color, 0)
    if depth != 8 or not channels or interlaced:
        sys.exit("pictures: chromium wrote a kind of PNG that this script does not read")
    raw, stride, pixels = zlib.decompress(compressed), width * channels, []
    above = bytearray(stride)
    for start in range(0, height * (stride + 1), stride + 1):
        row = bytearray(raw[start + 1:start + 1 + stride])
        unfilter(raw[start], row, above, channels)
        pixels += zip(row[0::channels], row[1::channels], row[2::channels])
        above = row
    return width, height, pixels


def unfilter(kind, row, above, channels):
    """Undoes the filter of one row (PNG specification, section 9.2)."""
    for at in range(len(row) if kind else 0):
        left = row[at - channels] if at >= channels else 0
        corner = above[at - channels] if at >= channels else 0
        if kind == 1:
            predicted = left
        elif kind == 2:
            predicted = above[at]
        elif kind == 3:
            predicted = (left + above[at]) // 2
        else:
            predicted = min((left, above[at], corner), key=lambda value: abs(left + above[at] - corner - value))
        row[at] = row[at] + predicted & 255


if __name__ == "__main__":
    main()
