"""The parts of the Server page."""
