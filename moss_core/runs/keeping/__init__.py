"""How runs come to lie safely on the disk, and stay there whatever ends the program.

`temporaries` are folders for what is not complete yet, known by their owner; `disk` writes and
moves files so that they survive a power cut; `tensor_file` writes tensors without copying them.
A `draft` is what a run has learned, written beside its folder and moved in when it is complete;
the `keeper` makes one every few moments while the run goes on learning, at the `pace` that a small
share of the time allows.
"""
