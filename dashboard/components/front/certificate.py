"""Will others see it? What programs show of the chosen candidate's file."""

from __future__ import annotations

import streamlit as st

from background.downloads.files import certificate_of
from components.run.view import View
from components.widgets.failures import plain
from moss_core.errors import MossError
from moss_core.runs import Certificate, score_rows
from session import memory

_QUICK, _WHOLE = "In programs", "In programs and after codecs"


def show_certificate(view: View) -> None:
    """Show, once asked for, how well others see the image of the candidate on show."""
    with st.expander("Will others see it?", icon=":material/visibility:"):
        if view.candidate not in {c.index for c in view.snapshot.candidates}:
            st.caption("It comes with the next step.")
            return
        st.markdown(
            f"What other programs show of **candidate {view.number}**'s file, channel by "
            "channel, and how to set them."
        )
        with st.container(horizontal=True, gap="small"):
            quick = st.button("Look", icon=":material/visibility:", help=_QUICK)
            whole = st.button(
                "Look after MP3, Opus and AAC too", help="All codecs: several times as long"
            )
        asked = view.job.token, view.candidate, view.snapshot.rendered_at(view.candidate)
        if quick or whole:
            memory.put(memory.CERTIFICATE, (asked, _examined(view, whole)))
        kept = memory.get(memory.CERTIFICATE)
        if kept and kept[0] == asked and kept[1]:
            _show(kept[1])


def _examined(view: View, whole: bool) -> Certificate | None:
    try:
        with st.spinner("Looking at the file as each program does ..."):
            return certificate_of(view.job, view.candidate, view.snapshot, whole)
    except MossError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return None


def _show(certificate: Certificate) -> None:
    st.markdown(f"**{plain(certificate.headline)}**")
    header, *rows = score_rows(certificate)
    names = [name.capitalize() if name.isupper() and name != "SSIM" else name for name in header]
    st.dataframe(
        [dict(zip(names, row, strict=True)) for row in rows],
        hide_index=True,
        width="stretch",
    )
    st.caption("100 % is the image itself; from 50 % on it counts as seen.")
    for viewer in certificate.viewers:
        warning = certificate.warning(viewer)
        st.markdown(f"**{plain(viewer.label)}**" + (f": {plain(warning)}" if warning else ""))
        st.code(certificate.settings(viewer), language=None, wrap_lines=True)
    for remark in certificate.remarks:
        st.caption(plain(remark))
