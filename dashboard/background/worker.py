"""The thread of a run: here it learns, and what pages ask for is carried out."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from queue import Empty, Queue
from typing import Concatenate, ParamSpec

from torch import Tensor

from background.cause import GRACE_SECONDS, Cause
from background.health.heart import Heart
from background.health.unexpected import unexpected
from background.intention import Intention, rest_of
from background.publisher import Publisher
from background.replay import saved_pictures
from background.saver import RETRY_SECONDS, Saver
from background.snapshots import Request, learning_left
from background.turns import Turns, Wait
from moss_core.errors import MossError
from moss_core.machine import limits, logger, run_token, tidy_memory
from moss_core.optimization import Run, check_fits, cost_of_pair, held_by, takes_of
from moss_core.runs import load

_P = ParamSpec("_P")


class Worker:
    """Takes the steps of one run when it is its turn, and obeys commands between them.

    Commands wait in a queue: they are carried out in the order they came, between two steps, or at
    once when the run rests.

    Args:
        request: what to run, or which run to open.
        turns: where it waits for its turn to learn.
        intention: what is wanted of it.
        publisher: where it publishes what it does.
        saver: where it writes what it learned.
        clock: seconds.
        token: of the run, for the log.
    """

    def __init__(
        self,
        request: Request,
        turns: Turns,
        intention: Intention,
        publisher: Publisher,
        saver: Saver,
        clock: Callable[[], float],
        token: str,
    ) -> None:
        self.run: Run | None = None
        """The run, once it is prepared; to be read only, and more of it inside `still`."""
        self.takes = takes_of(request.cost, 0)
        """What it takes of the memory."""
        self._request = request
        self._turns = turns
        self._intention = intention
        self._publisher = publisher
        self._saver = saver
        self._clock = clock
        self._token = token
        self._commands: Queue[Callable[[Run], None]] = Queue()
        self._changing = threading.Lock()
        """Held while the run changes, and while somebody reads more of it than a snapshot.

        Whoever needs several locks takes this one first, then the saver's, then the publisher's.
        """
        self._thread = threading.Thread(target=self._begin, name="moss-worker", daemon=True)
        self.heart = Heart(self._thread, clock)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def join(self) -> None:
        """Wait for the thread to end, once that is what is wanted."""
        self._thread.join()

    def let_go(self) -> None:
        """Keep the run no longer, once the thread has ended."""
        self.run = None

    def post(
        self, command: Callable[Concatenate[Run, _P], None], *args: _P.args, **more: _P.kwargs
    ) -> None:
        """Have a command carried out (`Commands`): it is given the run, and these arguments."""

        def carry_out(run: Run) -> None:
            command(run, *args, **more)

        self._commands.put(carry_out)

    def wake(self) -> None:
        """Have it look at what is wanted."""
        self._commands.put(lambda run: None)

    @property
    def busy(self) -> bool:
        """Whether commands wait, or one is carried out."""
        return self._commands.unfinished_tasks > 0

    @property
    def wait(self) -> Wait | None:
        """What it has in front of it; None where it neither learns nor waits to."""
        return self._turns.forecast().get(self)

    @property
    def seconds_left(self) -> float:
        """About how long it has still to learn."""
        return learning_left(self._publisher.snapshot, self._request.work / self._turns.pace)

    @contextmanager
    def still(self) -> Iterator[Run | None]:
        """Hold the run still, to read more of it than a snapshot tells; None before it is there."""
        with self._changing:
            yield self.run

    def _begin(self) -> None:
        with run_token(self._token):
            self._live()

    def _live(self) -> None:
        try:
            if self._request.opens:
                self._open()
            while not self._intention.closed:
                if self._intention.going:
                    self._learn()
                else:
                    self._publisher.encode_ahead(self._commands.empty)
                    self._obey_next()
                    self._intention.settle()
                    if self._publisher.snapshot.at_work and not self._intention.going:
                        # Before it had begun.
                        self._publisher.publish(phase="paused", cause=self._intention.cause)
                    if self._commands.empty():  # once for all of them, so that nobody waits for it
                        self._save_change()
            self._save_change()
        except MossError as error:
            logger.error("the run failed: %s", error)
            told = str(error), ""
            self._fail(lambda kept: told)
        except Exception as error:  # other people's code, or a mistake of ours: show it
            self._fail(partial(unexpected, "a run", error))
        finally:
            self._saver.wait()

    def _save_change(self) -> None:
        if self.run and self._saver.unsaved:
            self._saver.save(self.run)

    def _fail(self, words: Callable[[bool], tuple[str, str]]) -> None:
        """Give up, keep what was learned, and say why, given whether all of it is kept."""
        kept = self._saver.keep(self.run) if self.run else self._request.opens
        message, details = words(kept)
        self._publisher.publish(phase="failed", message=message, details=details)

    def _obey(self, command: Callable[[Run], None]) -> None:
        self.heart.beat()
        try:
            if self.run:
                with self._changing:
                    command(self.run)
        except MossError as error:
            logger.warning("a command was refused: %s", error)
            self._publisher.publish(message=str(error))
        finally:
            self._commands.task_done()

    def _obey_next(self) -> None:
        """Wait for a command; only for a while where something could not be saved yet."""
        with suppress(Empty):
            seconds = RETRY_SECONDS if self._saver.unsaved else None
            self._obey(self._commands.get(timeout=seconds))

    def _obey_all(self) -> None:
        with suppress(Empty):
            while True:
                self._obey(self._commands.get_nowait())

    def _open(self) -> None:
        """Take up the run that lies in the folder, and rest."""
        assert self._saver.folder is not None
        self._publisher.publish(phase="preparing")
        self._saver.note_opened()
        run = load(self._saver.folder, self._request.plugins)
        state = run.state
        self._publisher.take_up(saved_pictures(self._saver.folder, run.history))
        self._adopt(
            run,
            state.waveform[state.front.opening],
            watched=state.front.opening,
            planned=run.planned,
            saved=state.record.step,
            history=run.history,
            state=state,
        )
        cause = None if run.finished else Cause("unfinished")
        self._publisher.publish(phase="paused" if cause else "finished", cause=cause)

    def _prepare(self) -> Run:
        self._publisher.publish(phase="preparing")
        run = _new_run(self._request)
        self._adopt(run, run.preview(self._publisher.snapshot.watched))
        self._saver.save(run)
        return run

    def _adopt(self, run: Run, waveform: Tensor, **known: object) -> None:
        with self._changing:
            run.title = self._saver.title
            self.takes = takes_of(self._request.cost, held_by(run))
            self.run = run
        self._publisher.publish_run(run, waveform, **known)

    def _learn(self) -> None:
        self._publisher.publish_waiting()
        visitor = folder.parent if (folder := self._saver.folder) else None
        if self._turns.is_full(visitor, limits()):  # a new run is told so before
            self._intention.replace("go", "pause", Cause("full"))
        with self._turns.turn(self, visitor, self._is_wanted) as mine:
            if mine:
                run = self.run or self._prepare()
                run.accept_failures()
                self._publisher.publish(phase="running")
                self._take_steps(run)
        self._come_to_rest()

    def _is_wanted(self) -> bool:
        self.heart.beat()
        if self._clock() - self._publisher.seen > GRACE_SECONDS:
            self._intention.replace("go", "idle", Cause("unwatched"))
        return self._intention.going

    def _take_steps(self, run: Run) -> None:
        while self._is_wanted() and not (run.finished or run.halted):
            self._obey_all()
            # A command may have paused it just now, or an objective failed while it was obeyed.
            if self._is_wanted() and not (run.finished or run.halted):
                self._step(run, run.step)
                self._turns.note(self._request.work / max(1, self._request.config.steps))
                self._let_others()
        if self._intention.asked == "stop" or run.halted:
            self._step(run, run.settle)

    def _let_others(self) -> None:
        """Wait while others have their turn, where this one's is over."""
        if self._turns.is_over(self):
            self._publisher.publish_waiting()
            if self._turns.give_way(self, self._is_wanted):
                self._publisher.publish(phase="running")

    def _step(self, run: Run, step: Callable[[], object]) -> None:
        """Publish what `step` gives, if anything, and save it if that is due."""
        with self._changing:
            taken = step()
        if taken:
            self._publisher.publish_step(run)
            self._saver.note_step(run)

    def _come_to_rest(self) -> None:
        run = self.run
        done = bool(run and (run.finished or run.halted))
        wish = self._intention.settle(done)
        if wish == "go" and not done:
            return  # resumed just now
        phase, cause = rest_of(run, wish, self._intention.cause)
        if run and self._publisher.snapshot.state:
            self._publisher.show(self._publisher.snapshot.watched)
            self._saver.save(run)
        self._saver.save_replay()
        self._publisher.publish(phase=phase, cause=cause, steps_per_second=None)
        tidy_memory()


def _new_run(request: Request) -> Run:
    """Return the run that is asked for.

    Raises:
        MossError: if it does not fit into the memory.
    """
    image, track = request.image.as_image(), request.track.as_track()
    right = request.right.as_image() if request.right else None
    others = [source.as_image() for source in request.others]
    check_fits(cost_of_pair(request.config, image, track))
    return Run(image, track, request.config, request.plugins, right=right, others=others)
