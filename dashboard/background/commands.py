"""What pages can ask of a run: carried out by its worker, between two steps."""

from __future__ import annotations

from dataclasses import replace

from background.encodings import picture_of, sound_of
from background.intention import Intention
from background.publisher import Publisher, preferences_of
from background.saver import Saver
from background.snapshots import Pin, Request, Shown
from moss_core.optimization import Checkpoint, Preference, Run, lean

MORE_STEPS = 30
"""Steps that a run at rest goes on for when it is steered or branched."""
GROWN = (0.1, 0.3, 0.7, 0.9)
"""Shares of the image in the preferences of the candidates that `Commands.grow` adds."""
MAX_PINS = 6
_MAX_UNDO = 8


class Commands:
    """The bodies of the commands, each given the run first, and what undoes them.

    Args:
        request: what is run.
        intention: set to go on where a command is to be heard.
        publisher: where what they change is published.
        saver: told that there is something to save.
    """

    def __init__(
        self, request: Request, intention: Intention, publisher: Publisher, saver: Saver
    ) -> None:
        self._request = request
        self._intention = intention
        self._publisher = publisher
        self._saver = saver
        self._undo: dict[int, list[tuple[Checkpoint, tuple[float, ...]]]] = {}

    def let_go(self) -> None:
        """Keep nothing that could be undone."""
        self._undo.clear()

    def watch(self, run: Run, candidate: int) -> None:
        """Show this candidate."""
        self._publisher.show(candidate)

    def show(self, run: Run, shown: Shown) -> None:
        """Show this of the candidate that is watched."""
        self._publisher.show(self._publisher.snapshot.watched, shown)

    def extend(self, run: Run, steps: int) -> None:
        """Go on, all candidates, for this many steps more than planned."""
        run.extend(steps, from_here=self._publisher.snapshot.phase == "stopped")
        run.learn_only(None)
        self._intention.ask("go")
        self._publish_plan(run)

    def steer(self, run: Run, candidate: int, preference: Preference) -> None:
        """Give a candidate another preference; a run at its end goes on."""
        kept = self._undo.setdefault(candidate, [])
        kept.append((run.checkpoint(candidate), self._losses(candidate)))
        del kept[:-_MAX_UNDO]
        run.steer(candidate, preference)
        self._note_changed(run, candidate)

    def undo(self, run: Run, candidate: int) -> None:
        """Put a candidate back to what it was before it was last steered."""
        if self._undo.get(candidate):
            run.restore(candidate, self._undo[candidate].pop()[0])
            self._note_changed(run, candidate)

    def pin(self, run: Run, candidate: int) -> None:
        """Keep a candidate as it is now, if it was rendered yet."""
        snapshot = self._publisher.snapshot
        state, pins = snapshot.state, snapshot.pins
        if state is None or candidate >= len(state.waveform):
            return
        waveform, record = state.waveform[candidate], state.record
        pin = Pin(
            number=pins[-1].number + 1 if pins else 1,
            candidate=candidate,
            step=record.step,
            preference=record.preferences[candidate],
            losses=record.losses[candidate],
            waveform=waveform,
            sound=sound_of(run, waveform, record.step, self._publisher.snapshot.shown),
            checkpoint=run.checkpoint(candidate),
        )
        self._publisher.publish(pins=(*pins, pin)[-MAX_PINS:])

    def unpin(self, run: Run, number: int) -> None:
        """Forget a pin."""
        pins = self._publisher.snapshot.pins
        self._publisher.publish(pins=tuple(pin for pin in pins if pin.number != number))

    def branch(self, run: Run, pin: Pin) -> None:
        """Add a candidate that goes on from a pin; a run at its end goes on."""
        index = run.branch(pin.checkpoint)
        self._note_changed(run, index)
        picture = self._publisher.pinned(pin, self._publisher.snapshot.shown)
        self._publisher.publish(watched=index, picture=picture, sound=pin.sound)

    def fill(self, run: Run, first: int, second: int) -> None:
        """Add a candidate half way between two others; a run at its end goes on with it alone."""
        index = run.fill(first, second)
        self._note_changed(run, index)
        waveform, snapshot = run.preview(index), self._publisher.snapshot
        self._publisher.publish(
            watched=index,
            picture=picture_of(run, waveform, snapshot.shown),
            sound=sound_of(run, waveform, snapshot.step, snapshot.shown),
        )

    def grow(self, run: Run, candidate: int) -> None:
        """Add candidates that go on from this one, each with a share of `GROWN` on the image."""
        start = run.checkpoint(candidate)
        weights = [weight for _, weight in self._request.config.objectives]
        added = [
            run.branch(replace(start, preference=lean(run.objectives, weights, share)))
            for share in GROWN
        ]
        self._note_changed(run, *added)

    def _losses(self, candidate: int) -> tuple[float, ...]:
        """Return a candidate's losses as last rendered; none where it was not yet."""
        state = self._publisher.snapshot.state
        rendered = state is not None and candidate < len(state.record.losses)
        return state.record.losses[candidate] if state and rendered else ()

    def _note_changed(self, run: Run, *candidates: int) -> None:
        """Show what is in force after a command; a run at its end goes on for some steps.

        There only the candidates that it was about go on: what somebody chose among the others
        stays as it was heard.
        """
        self._saver.note_change()
        at_its_end = self._publisher.snapshot.phase in ("finished", "stopped")
        if at_its_end and not self._intention.going:
            run.extend(run.gaps.most(candidates) or MORE_STEPS, from_here=True)
            run.learn_only(candidates)
            self._intention.ask("go")
        elif run.optimizer.learning_only is not None:
            run.learn_only(run.optimizer.learning_only.union(candidates))
        self._publish_plan(
            run,
            preferences=preferences_of(run),
            undoable={index: kept[-1][1] for index, kept in self._undo.items() if kept},
        )

    def _publish_plan(self, run: Run, **more: object) -> None:
        """Publish what is planned; a run at rest that is to go on waits for its turn from now on.

        Both at once, so that no snapshot is finished and has steps left.
        """
        waits = self._intention.going and not self._publisher.snapshot.at_work
        phase = {"phase": "waiting", "message": "", "cause": None} if waits else {}
        self._publisher.publish(planned=run.planned, **phase, **more)
