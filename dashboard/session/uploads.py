"""Files on their way in: Streamlit keeps what a session uploads until the session ends."""

from __future__ import annotations

from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from moss_core.machine import limits

_MOST_MEGABYTES = 200
"""Of one session, where nothing limits what a visitor may bring."""


def bound_uploads() -> None:
    """Let each session keep its latest uploads only, from now on: pages took what they need."""
    context = get_script_run_ctx()
    if context and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        bound(context.uploaded_file_mgr)


def bound(manager: MemoryUploadedFileManager) -> None:
    """Let this manager of uploads keep no more of a session than may be brought.

    The latest file is kept even if it is larger.
    """
    add = manager.add_file

    def add_file(session_id: str, file: UploadedFileRec) -> None:
        add(session_id, file)
        files = list(manager.file_storage[session_id].values())
        room = 1e6 * min(limits().uploads_mb_each, _MOST_MEGABYTES) - len(file.data)
        for other in reversed(files[:-1]):
            room -= len(other.data)
            if room < 0:
                manager.remove_file(session_id, other.file_id)

    manager.add_file = add_file  # type: ignore[method-assign]
