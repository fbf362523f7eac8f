"""Batches on a device: from glance to plan to patches to features to logits without leaving it.

How it works
    A batch is run by one *program*: the graph of one network in one form, for one *bucket* of units. A
    program gathers its inputs, calls the network and scatters the outputs; all of it is captured once, before
    the bundle is ready, and replayed. Nothing is captured, built or allocated while serving.

    slots.py     Frames. The decode slab is pinned once, where the system lets us; a page is copied into a
                 slot of a ring on the device when a batch first looks at it, on a stream of its own, and
                 stays until its video is released. Slots that a running batch reads are held; a batch that
                 finds no room waits.
    arena.py     Features, states and rectangles: a row for each view of a video in flight, allocated once.
                 Rows are zeroed before their first use; a spare row takes what padding writes.
    program.py   The captured region: kernels/look.py (or its CPU form) fills the network's input, rows are
                 gathered and scattered by index, and what the host must know is packed into one block.
    executor.py  One batch on one lane: a block of numbers to the device, replay, a block of decisions back.
    torch_graph  A bundle's ONNX graph as a torch module, without the code it was exported from: steps.py has
                 its nodes, ops.py the operators. shifts.py finds temporal shifts, fuse.py joins convolutions
                 with the shift before them and with what follows, and convolution.py runs all that in one
                 pass where it can, by kernels/pointwise.py, depthwise.py, shift.py and epilogue.py.
    onnx_cuda.py ONNX Runtime's CUDA provider on the same buffers and streams; not captured.
    runtime.py   A GPU as a runtime that the server opens (``foveate.engine.executor.OpensDevice``).

What goes to the host
    Logits (each may be the answer), keep decisions, and the chosen frames and rectangles, which are part of
    the answer and say which pages to copy. Never features, states or pixels.

Streams and threads
    Each lane has a stream and its own captured programs; lanes are batches in flight. A lane's thread waits
    for its batch, so whatever the next batch of a video reads has been written, on whichever lane. Frames are
    copied on one stream for all lanes; a lane's stream waits for the copies it needs.
    Captures are thread-local and run on a stream that no lane serves on, so that a bundle can be loaded while
    another serves. The programs of one lane share one memory pool: they never run at once, and none leaves
    anything in it that a later one reads.

What has been run where
    Everything here has been tested without a GPU: the kernel in Triton's interpreter, graphs in torch and
    bound sessions on the CPU, the rest on a fake device (tests/device/fake.py) that runs late and refuses
    what is out of order. Not yet run on a GPU: ``cuda.py``, ``runtime.py``, captures, CUDA sessions, and the
    kernel, which has been compiled for compute capabilities 7.5 and 9.0. tests/device/test_runtime.py and
    benchmarks/gpu are what will be run there.

Nothing outside this package imports it before a device is asked for: it needs torch, and on a GPU Triton.
"""
