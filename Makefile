# Everything is set up on first use; see tools/setup.sh for ROS_DISTRO= and PYTHON=.
SHELL := bash
ENV := . tools/env.sh

MODEL ?=
INPUT ?=

.PHONY: help build demo test bench lint clean distclean

help:
	@echo "make demo [MODEL=file.tflite] [INPUT=picture|folder|video]  find people in a picture, with real nodes"
	@echo "make test       run every test"
	@echo "make build      set up ROS 2 and build the package"
	@echo "make bench      measure speed, as ratios in one run"
	@echo "make lint       format and type checks"
	@echo "make clean      remove what was built; 'make distclean' removes the virtual environments too"
	@echo "Choices: ROS_DISTRO=jazzy|kilted PYTHON=python3.12"

build:
	@$(ENV)

demo:
	@$(ENV) && python3 tools/demo.py $(if $(MODEL),--model '$(MODEL)') $(if $(INPUT),--input '$(INPUT)')

test:
	@$(ENV) && pytest test

bench:
	@$(ENV) && python3 tools/bench.py $(if $(MODEL),--model '$(MODEL)')

lint:
	@$(ENV) && ruff format --check . && ruff check . && mypy && codespell

clean:
	rm -rf build* install* log demo_output .pytest_cache .mypy_cache .ruff_cache .hypothesis

distclean: clean
	rm -rf .venv*
