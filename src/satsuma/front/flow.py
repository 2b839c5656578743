"""When more is read of a connection, and when what came has to be worked off first."""

from __future__ import annotations

from uvicorn.protocols.http.flow_control import FlowControl


class Flow(FlowControl):
    """As uvicorn's; but while a connection holds what it has not read yet, nothing more comes, whoever asks for it."""

    holds = False
    _asked = False

    def pause_reading(self) -> None:
        """Let nothing more come."""
        if self.holds:
            self.read_paused = True
        else:
            super().pause_reading()

    def resume_reading(self) -> None:
        """Let more come, or remember that it was asked for."""
        if self.holds:
            self.read_paused = False
            self._asked = True
        else:
            super().resume_reading()

    def hold(self) -> None:
        """Let nothing come until the release."""
        if not self.holds:
            self.holds = True
            if not self.read_paused:
                self._transport.pause_reading()

    def release(self) -> None:
        """Let more come where nothing else is against it, or it was asked for: an application looks for its caller."""
        if not self.holds:
            return
        self.holds = False
        if self._asked and not self.write_paused:
            self.read_paused = False
        self._asked = False
        if not self.read_paused:
            self._transport.resume_reading()
