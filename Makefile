# The commands people type. The work is done by the scripts in tools/; here they only get their names.
# Paths are relative, so that a folder with a space in its name does no harm.

PYTHON ?= python3
BIN := .venv/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
LAB_BIN := .venv-lab/$(if $(filter Windows_NT,$(OS)),Scripts,bin)

# Settings of another Python or of another environment stay outside.
unexport PYTHONHOME PYTHONPATH PYTHONOPTIMIZE VIRTUAL_ENV

.PHONY: help setup book test serve lab notebooks promises handouts picture bench clean

help:
	@echo "make book        build the site into _build/html"
	@echo "make serve       show the built site at http://127.0.0.1:8000/"
	@echo "make lab         open copies of the chapters, in work/, in JupyterLab"
	@echo "make test        run the tests and verify every notebook"
	@echo "make notebooks   run the notebooks again and store their outputs (one: ONLY=book/units/relu.ipynb)"
	@echo "make promises    break each of the book's promises in a temporary copy, and see the tests notice"
	@echo "make bench       time networks, convolutions and checks of derivatives beside PyTorch, on one thread"
	@echo "make handouts    copy the chapters without their solutions into handouts/ (some: ONLY='relu softmax')"
	@echo "make picture     draw the picture at the head of README.md again"
	@echo "make setup       make the environment .venv, or bring it up to date (the others do, if needed)"
	@echo "make clean       remove the site and the caches; work/, handouts/ and the environments stay"
	@echo "Another Python:  make book PYTHON=python3.12"

setup:
	@"$(PYTHON)" -E tools/setup.py

book: setup
	$(BIN)/python tools/build.py

test: setup
	$(BIN)/pytest $(ARGS)

serve:
	@"$(PYTHON)" -E tools/serve.py

lab: setup
	@"$(PYTHON)" -E tools/setup.py lab
	$(LAB_BIN)/python tools/lab.py $(ARGS)

notebooks: setup
	$(BIN)/python tools/notebooks.py $(ONLY)

promises: setup
	$(BIN)/python tools/promises.py $(ARGS)

handouts: setup
	$(BIN)/python tools/handouts.py $(ONLY) $(ARGS)

bench: setup
	$(BIN)/python benchmarks/mlp.py
	$(BIN)/python benchmarks/convolution.py
	$(BIN)/python benchmarks/verify.py

picture: setup
	$(BIN)/python tools/picture.py

clean:
	rm -rf _build .pytest_cache .hypothesis .jupyter_cache
	find . \( -path ./.git -o -path './.venv*' -o -path ./work -o -path ./handouts \) -prune -o \
		-type d \( -name __pycache__ -o -name .ipynb_checkpoints \) -prune -exec rm -rf {} +
