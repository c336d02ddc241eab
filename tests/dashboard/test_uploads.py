from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from session import uploads


def test_a_session_keeps_its_latest_uploads_only(monkeypatch) -> None:
    monkeypatch.setattr(uploads, "_MOST_MEGABYTES", 1)
    manager = MemoryUploadedFileManager("/uploads")
    uploads.bound(manager)

    def bring(session: str, name: str, size: int) -> list[str]:
        manager.add_file(session, UploadedFileRec(name, name, "audio/wav", bytes(size)))
        return sorted(manager.file_storage[session])

    assert bring("a", "1", 400_000) == ["1"]
    assert bring("a", "2", 400_000) == ["1", "2"]
    assert bring("a", "3", 400_000) == ["2", "3"]
    assert bring("b", "1", 900_000) == ["1"]
    assert sorted(manager.file_storage["a"]) == ["2", "3"]
    assert bring("a", "4", 2_000_000) == ["4"]
    manager.remove_session_files("a")
    assert bring("a", "5", 10) == ["5"]
