"""How an image sits in the song, and several images on one track, on the Create page."""

from apps import button, component, job_of, texts, wait

from moss_core.synthesis import Blend


def open_blends(app):
    app.session_state["aim"] = True
    app.run()


def test_the_modes_are_shown_with_their_pictures_only_when_they_are_asked_for(create):
    assert "blend" not in [element.key for element in create.get("bidi_component")]
    open_blends(create)
    cards = component(create, "blend")["cards"]
    assert [card["title"] for card in cards] == ["Mix", "Glow", "Carve"]
    assert len({card["picture"] for card in cards}) == 3
    assert cards[2]["lines"] == ["Only removes: nothing gets louder."]


def test_black_and_edges_reach_the_run(create):
    open_blends(create)
    black = next(s for s in create.select_slider if s.label == "How dark is black")
    assert black.value == 0
    black.set_value(12)
    next(s for s in create.slider if s.label == "Soft sides").set_value(10)
    create.run()
    next(n for n in create.number_input if n.label == "Length (s)").set_value(1.0)
    create.number_input(key="quick_steps_widget").set_value(1)
    create.checkbox(key="objective:lpips").uncheck().run()
    button(create, "Start").click().run()
    wait(create, lambda: job_of(create).look().step >= 0)
    assert job_of(create).request.config.blend == Blend("mix", 12.0, 0.1, 0.0)


def test_several_images_are_placed_shown_removed_and_learned_together(create):
    next(n for n in create.number_input if n.label == "Length (s)").set_value(1.0).run()
    button(create, "Keep it here, and place another").click().run()
    assert "images 1 and 2: must not overlap" in texts(create.error)
    assert button(create, "Start").disabled
    next(n for n in create.number_input if n.label == "Start (s)").set_value(4.0).run()
    assert not create.error
    assert "**1. Astronaut**" in texts(create.markdown)
    assert "**2. Astronaut** 4." in texts(create.markdown)
    button(create, "Keep it here, and place another").click().run()
    next(n for n in create.number_input if n.label == "Start (s)").set_value(7.0).run()
    removes = [b for b in create.button if b.label == "Remove"]
    assert len(removes) == 2
    removes[1].click().run()
    create.number_input(key="quick_steps_widget").set_value(1)
    create.checkbox(key="objective:lpips").uncheck().run()
    button(create, "Start").click().run()
    wait(create, lambda: job_of(create).look().phase == "finished")
    job = job_of(create)
    (other,) = job.request.config.others
    assert (other.image, other.canvas.start) == (0, 7.0)
    assert job.request.config.canvas.start == 0.0
    heard = job.look().heard
    assert "left, image 1" in heard
    assert "right, image 2" in heard


def test_images_stay_on_their_own_track(create):
    next(n for n in create.number_input if n.label == "Length (s)").set_value(1.0).run()
    button(create, "Keep it here, and place another").click().run()
    assert [b for b in create.button if b.label == "Remove"]
    create.session_state["track"] = component(create, "track_gallery")["cards"][1]["id"]
    create.run()
    assert not [b for b in create.button if b.label == "Remove"]
