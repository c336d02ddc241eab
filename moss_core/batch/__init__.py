"""Many runs from one table: rows, each a run in a folder of its own, done here or on a cluster.

`rows` reads the table, `place` is the batch's folder with how far each row is, and a `job` is a row
to do. Rows are done `one_by_one` in this process, or on a `cluster` by Dask; who does a row is
given by the command line, since that is what reads options. The `summary` is a table of what came
of them, and `contact` their pictures side by side.
"""

from moss_core.batch.cluster import on_cluster, own_cluster
from moss_core.batch.job import Job, Stop
from moss_core.batch.one_by_one import one_by_one
from moss_core.batch.place import Place, Standing, batches_in
from moss_core.batch.rows import IMAGE, TRACK, Row, read_rows, share_out
from moss_core.batch.summary import SUMMARY_TEXT, words_of, write_summary

__all__ = [
    "IMAGE",
    "SUMMARY_TEXT",
    "TRACK",
    "Job",
    "Place",
    "Row",
    "Standing",
    "Stop",
    "batches_in",
    "on_cluster",
    "one_by_one",
    "own_cluster",
    "read_rows",
    "share_out",
    "words_of",
    "write_summary",
]
