"""What MOSS says of bad and odd files: a table of kinds, and whether all were answered in time.

python tests/benchmarks/bad_files.py [--count 600] [--seed 0] [--profile hosted] [--light]

Half are sounds, half images, made here. Each is read in a process that is ended after 30 s, or when
it takes 4 GB; what it takes above what was there, and its processor seconds, are measured. Fails
for a traceback, an answer with a path or an object in it, 5 s, or 500 MB.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import select
import struct
import subprocess
import sys
import time
from collections import defaultdict
from dataclasses import dataclass

import bad_images
import bad_sounds
from peak import measured

MOST_SECONDS, MOST_MEGABYTES = 5, 500
_ENDED_AFTER = 30  # by the wall: other programs may be at work
_NOT_FOR_PEOPLE = re.compile(
    r"/(?:home|work|tmp|usr|root)\b|0x[0-9a-f]{6}|Traceback|Error\(|\.py\b"
)


@dataclass(frozen=True)
class Answer:
    """What became of a file: "decoded", "MossError" or what went wrong, and what it cost."""

    outcome: str
    seconds: float
    megabytes: float


class Reader:
    """A process that reads one file after another, and is started anew where it ended."""

    def __init__(self, profile: str) -> None:
        self._environment = os.environ | {"MOSS_SHARED": str(int(profile == "hosted"))}
        self._process: subprocess.Popen[bytes] | None = None

    def read(self, kind: str, content: bytes) -> Answer:
        """Return what became of a "track" or an "image"."""
        process = self._started()
        process.stdin.write(struct.pack("<5sI", kind.encode(), len(content)) + content)
        process.stdin.flush()
        ready, *_ = select.select([process.stdout], [], [], _ENDED_AFTER)
        line = process.stdout.readline() if ready else b""
        if not line:
            self.close()
            return Answer("crashed" if ready else "hung", _ENDED_AFTER, 0)
        return Answer(**json.loads(line))

    def close(self) -> None:
        """End the process."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _started(self) -> subprocess.Popen[bytes]:
        if not self._process:
            command = [sys.executable, "-W", "error", __file__, "--read"]
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=self._environment,
            )
            self._process.stdout.readline()  # it has imported all
        return self._process


def read_on() -> None:
    """Read what comes, and tell what became of it: the other end of `Reader`."""
    from moss_core import MossError, load_image, load_track

    resource.setrlimit(resource.RLIMIT_DATA, (4 << 30, 4 << 30))
    loads = {b"track": load_track, b"image": load_image}
    print("ready", flush=True)

    def outcome(kind: bytes, content: bytes) -> str:
        try:
            loads[kind](content, "it")
        except MossError as error:
            text = str(error)
            return f"tells {text}" if _NOT_FOR_PEOPLE.search(text) else "MossError"
        except Exception as error:
            return f"traceback {error!r}"
        return "decoded"

    while head := sys.stdin.buffer.read(9):
        kind, length = struct.unpack("<5sI", head)
        content, began = sys.stdin.buffer.read(length), time.process_time()
        found, _, megabytes = measured(lambda kind=kind, content=content: outcome(kind, content))
        took = time.process_time() - began
        print(json.dumps({"outcome": found, "seconds": took, "megabytes": megabytes}), flush=True)


def asked(count: int, seed: int, profile: str, light: bool) -> dict[tuple[str, str], list[Answer]]:
    """Return what became of so many files, by what they are and what is bad about them."""
    found: dict[tuple[str, str], list[Answer]] = defaultdict(list)
    reader = Reader(profile)
    try:
        for kind, module in (("track", bad_sounds), ("image", bad_images)):
            for badness, content in module.cases(count // 2, seed, light):
                found[kind, badness].append(reader.read(kind, content))
    finally:
        reader.close()
    return found


def wrong(answer: Answer) -> bool:
    """Return whether a file was not answered as it should be."""
    answered = answer.outcome in ("decoded", "MossError")
    return not answered or answer.seconds > MOST_SECONDS or answer.megabytes > MOST_MEGABYTES


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--profile", choices=("personal", "hosted"), default="hosted")
    parser.add_argument("--light", action="store_true", help="without what takes long to make")
    parser.add_argument("--read", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.read:
        read_on()
        return
    print(" ".join(["python", *sys.argv]), f"({os.cpu_count()} cores)\n")
    print("| what | cases | decoded | MossError | else | slowest, s | most MB |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    found = asked(options.count, options.seed, options.profile, options.light)
    every = [answer for answers in found.values() for answer in answers]
    for (kind, badness), answers in [*sorted(found.items()), (("all", ""), every)]:
        named = [answer.outcome for answer in answers]
        decoded, refused = named.count("decoded"), named.count("MossError")
        slowest, most = (max(getattr(a, n) for a in answers) for n in ("seconds", "megabytes"))
        rest = len(named) - decoded - refused
        row = (f"{kind} {badness}".strip(), len(named), decoded, refused, rest)
        print("|", *(f"{cell} |" for cell in row), f"{slowest:.2f} | {most:.0f} |")
    bad = [answer for answer in every if wrong(answer)]
    for answer in bad:
        print(f"\n{answer}")
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
