"""What is on Studio: what moves, the steering, the pins, the replay and the transport."""
