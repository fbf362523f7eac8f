# One verb a task. `make serve` and `make test` work from a fresh clone and are quick the second time.
PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
BIN := .venv/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: serve test lint format untrained-bundle default-bundle default-report sample-clips benchmark image-check clean

serve: .venv/serve.done  ## serve the embedded model (no torch, no GPU)
	$(BIN)/foveate serve --host $(HOST) --port $(PORT)

test: .venv/test.done  ## run every test that this machine can run
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile

lint: .venv/test.done  ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: .venv/test.done
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

untrained-bundle: .venv/test.done  ## make the untrained bundle anew
	$(BIN)/python -m export.untrained_bundle

NOTICE := "Trained on drawn clips only: it knows ten actions of a small figure, and nothing of real footage."
DESCRIPTION := "AdaFocusV2 form, small networks: ten everyday actions of a small drawn figure"

default-bundle: .venv/test.done  ## train the embedded model from nothing, and put it in its place
	$(BIN)/foveate train training/recipes/synthetic.toml
	$(BIN)/foveate export runs/synthetic/checkpoint.pth.tar --out runs/bundle --force \
	    --system adafocus-v2 --patch 80 --frames 8 --labels runs/synthetic/labels.txt --precision fp16 \
	    --name synthetic-actions --version 3 --description $(DESCRIPTION) --notice $(NOTICE)
	test -f runs/validation/clips.csv || $(BIN)/foveate synthesize runs/validation --clips 1000 --seed 4711
	$(BIN)/foveate eval runs/bundle --list runs/validation/clips.csv --logits runs/validation.npz
	$(BIN)/foveate calibrate runs/bundle runs/validation.npz --mean-gflops 0.245
	cp runs/bundle/* foveate/bundle/default/

default-report: .venv/test.done  ## score it on 1,000 fresh video files
	test -f runs/fresh/clips.csv || $(BIN)/foveate synthesize runs/fresh --clips 1000 --seed 90210
	$(BIN)/foveate eval foveate/bundle/default --list runs/fresh/clips.csv --steps all --json runs/full.json
	$(BIN)/foveate eval foveate/bundle/default --list runs/fresh/clips.csv --json runs/exits.json

sample-clips: .venv/test.done  ## draw the viewer's sample clips anew
	$(BIN)/foveate synthesize runs/samples --clips 10 --seed 3 --held-out 0
	cp runs/samples/train-00000.mp4 server/viewer/waving.mp4
	cp runs/samples/train-00002.mp4 server/viewer/jumping.mp4
	cp runs/samples/train-00003.mp4 server/viewer/kicking.mp4
	cp runs/samples/train-00009.mp4 server/viewer/throwing.mp4

benchmark: .venv/test.done  ## served throughput over the raw loop of the same graphs
	$(BIN)/python -m benchmarks.served

image-check: .venv/test.done  ## build both images and try them (root, buildah, debootstrap)
	$(BIN)/python -m tests.image.check

clean:
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

.venv/serve.done: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(PIP) --editable '.[cpu]'
	touch $@

.venv/test.done: .venv/serve.done
	$(PIP) --editable '.[cpu,export,bench,tensorrt-rtx,train,test]'
	touch $@
