"""Create a hybrid: choose an image, a track and what to aim for, and start."""

import time
from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from background.cause import Cause
from background.snapshots import Request
from components.create.adjust_image import adjust_image, show_remarks, show_sides
from components.create.choose_blend import choose_blend
from components.create.choose_channels import Channels, choose_channels
from components.create.choose_objectives import can_work, choose_aim
from components.create.choose_sources import choose_image, choose_track
from components.create.place_image import place_image
from components.create.settings import choose_effort, configure
from components.create.several import Placed, check_places, place_several, staying, with_all
from components.create.showcase import show_examples
from components.create.skip import skip_to
from components.widgets.failures import plain
from components.widgets.player import Playable, player
from components.widgets.press import pressed
from moss_core.errors import MossError
from moss_core.optimization import Cost, RunConfig, cost_of
from moss_core.synthesis import Blend
from moss_core.words import count_text
from session import memory
from session.allowance import check_room, check_run, run_words
from session.own import remember_choice
from session.shared import find_job, installed, job_manager, library, preview, track_section
from sources.cards import Card
from sources.preview import Preview
from sources.sound import MOST_SECONDS_HEARD


def show_preview(image: Card, track: Card, look: Callable[[Blend], Preview]) -> Preview | None:
    """Show the image on the track's spectrogram; return what is shown, None where it cannot be."""
    try:
        shown = look(memory.get(memory.BLEND))
    except MossError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return None
    placed = shown.canvas
    heard = track_section(track, placed)
    of = f", {shown.channel}" if len(track.choices) > 1 else ""
    title = f"{image.source.title} on the spectrogram of {track.source.title}{of}"
    playable = Playable(
        "preview", "Preview", "half way, before learning", shown.picture, heard, title
    )
    player(preview_key(track), [playable], placed, track.sample_rate)
    part = " (its first minute)" if placed.duration > MOST_SECONDS_HEARD else ""
    st.caption(
        f"**{plain(title)}**: seconds across, hertz up. The sound is the track's own{part}; "
        "**Start** makes one that looks like this, and then better."
    )
    return shown


def preview_key(track: Card) -> str:
    """Return the key of the player that plays a track's section."""
    return f"preview-{track.id[:12]}"


def names(images: Sequence[Card], right: Card | None) -> str:
    """Return what people call the images."""
    return " and ".join(card.source.title for card in (*images, right) if card)


def start(
    track: Card, config: RunConfig, images: Sequence[Card], right: Card | None, cost: Cost
) -> None:
    """Start a run and go there, or return to it if it is at work; one's earlier run pauses."""
    first, *others = images
    request = Request(
        first.source,
        track.source,
        config,
        installed(),
        f"{names(images, right)} on {track.source.title}",
        right=right.source if right else None,
        others=tuple(card.source for card in others),
        cost=cost,
    )
    earlier = find_job(memory.get(memory.TOKEN))
    try:
        if not (earlier and earlier.at_work and earlier.request == request):
            check_room(library().folder)
            job = job_manager().submit(request, library().new())
            if earlier and earlier.at_work:
                earlier.pause(Cause("replaced"))
            memory.go_to_run(job.token)
        memory.put(memory.FOCUSED, round(time.time()))
    except MossError as error:
        st.error(plain(str(error)), icon=":material/error:")
    else:
        st.switch_page("app_pages/studio.py")


def price(config: RunConfig, track: Card, images: Sequence[Card]) -> Cost | None:
    """Return what a run costs; say why where it is more than it may, and return None."""
    sound, picture = track.source.as_track(), images[0].source.as_image()
    height, width = picture.pixels.shape
    try:
        cost = cost_of(
            config, sound.duration, len(sound.samples), sound.sample_rate, (height, width)
        )
        check_run(cost, config.steps)
    except MossError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return None
    return cost


skip_to("start-bar", "Skip to Start")
show_examples(goal="yours")
left, right = st.columns([6, 5], gap="large")
with left, st.container(key="yours"):
    image = choose_image()
    track = choose_track()
with right:
    place = st.container()

remember_choice()

placing = st.container()
left, right = st.columns(2, gap="large")
with right:
    chosen, aim, looked_at = choose_aim(installed())
    choose_effort()
with left:
    st.subheader("How it will appear")
    config: RunConfig | None = None
    channels = Channels()
    painted: tuple[Card, ...] = ()
    cost: Cost | None = None
    if image and track:
        adjustments, beside = adjust_image()
        remark = st.container()  # below what it is about, which stays where it was touched
        channels = choose_channels(image, track)
        with placing:
            others = [placed.taken for placed in staying(track)]
            canvas = place_image(image, track, adjustments, preview_key(track), others)
        images = [image, channels.right] if channels.right else [image]
        look = partial(preview, images, track, canvas, adjustments, channels.choice)
        with aim:
            blend = choose_blend(lambda blend: look(blend).picture, looked_at)
        with place:
            shown = show_preview(image, track, look)
            if shown and chosen and can_work(chosen, shown.canvas, track.sample_rate):
                config = configure(chosen, canvas, adjustments, channels, blend)
        if shown:
            at_hand = Placed(image, canvas, shown.canvas, adjustments, blend)
            placed = place_several(track, at_hand)
            if not check_places(placed):
                config = None
            if config:
                config, painted = with_all(config, placed)
                cost = price(config, track, painted)
                config = config if cost else None
        if shown:
            with beside:
                show_sides(image.source.title, shown.sides, shown.canvas)
            with remark:
                show_remarks(shown.remarks)

with (
    st.bottom,
    st.container(key="start-bar", horizontal=True, vertical_alignment="center", gap="medium"),
):
    starting = pressed(
        "Start",
        "start",
        type="primary",
        icon=":material/play_arrow:",
        disabled=not config,
        width=140,
    )
    st.segmented_control(
        "How to run",
        (memory.QUICK, memory.MAP),
        default=memory.get(memory.MODE),
        required=True,
        key=memory.widget(memory.MODE),
        on_change=memory.keep,
        args=(memory.MODE,),
        label_visibility="collapsed",
        help="Quick learns one hybrid, which you steer. Map the front learns many, from most "
        "track to most image (the Pareto front), to choose from.",
    )
    if config and image and track:
        many = "one hybrid to steer" if config.candidates == 1 else f"{config.candidates} hybrids"
        seen, heard = names(painted, channels.right), track.source.title
        steps = count_text(config.steps, "step")
        st.markdown(f"**{plain(seen)}** on **{plain(heard)}**: {many}, {steps}{channels.remark}")
        if cost and (told := run_words(cost)):
            st.caption(told)
    else:
        st.markdown("Not ready yet: see the message above.")
    if starting and config and track and cost:
        start(track, config, painted, channels.right, cost)
