"""What was written, by MOSS or by anybody, is read back through one door.

`files` reads regular files of a bounded size and nothing else, `parsing` makes typed values of
JSON and `tables` of comma-separated values, of the kinds in `kinds`, `texts` are cleaned for people
to read, and `zips` takes files out of a ZIP within a budget. What cannot be used is a `MossError`,
whatever it is. The package knows no format: whoever writes one describes it by a `Struct` (of
msgspec), and asks for that.
"""

from moss_core.reading.files import copy_file, open_file, read_file
from moss_core.reading.kinds import (
    Count,
    Level,
    Number,
    Seconds,
    Sha256,
    Share,
    Text,
    Word,
)
from moss_core.reading.parsing import Record, parse_json
from moss_core.reading.tables import parse_csv
from moss_core.reading.texts import clean
from moss_core.reading.zips import (
    Member,
    check_members,
    copy_member,
    members_of,
    open_zip,
    read_member,
)

__all__ = [
    "Count",
    "Level",
    "Member",
    "Number",
    "Record",
    "Seconds",
    "Sha256",
    "Share",
    "Text",
    "Word",
    "check_members",
    "clean",
    "copy_file",
    "copy_member",
    "members_of",
    "open_file",
    "open_zip",
    "parse_csv",
    "parse_json",
    "read_file",
    "read_member",
]
