# Everything is set up on first use; see tools/setup.sh for ROS_DISTRO= and PYTHON=.
SHELL := bash
ENV := . tools/env.sh

MODEL ?=
INPUT ?=

.PHONY: help build demo test coverage mutation test-tflite-runtime test-oldest test-newest test-fleet pictures docs bench speed-accuracy evaluate evaluate-people soak train export evaluate-training evaluate-tracking sweep-people gpu-folder preview-training \
  test-training lint clean distclean

help:
	@echo "make demo [MODEL=file.tflite] [INPUT=image|folder|video] [DEPTH=1] [BAG=1]  find people in an image or bag"
	@echo "make view [MODEL=file.tflite] [INPUT=image|folder|video|webcam] [PORT=8090]  see people in a browser"
	@echo "make test       run every test"
	@echo "make test-browser, make bench-web  look at the page in Chromium, measure what it costs; 'make browser' sets that up"
	@echo "make coverage   run every test, and print which branches they take"
	@echo "make mutation   change the code, and print which changes no test notices"
	@echo "make build      set up ROS 2 and build the package"
	@echo "make evaluate MODEL=file.tflite  count found and false people for each decoder"
	@echo "make evaluate-people DATA=folder [MODELS='official bundled file.tflite'] [ANNOTATIONS=file.json] [OPTIONS='--strides 16']"
	@echo "                compare models on photos with COCO keypoints: AP, AP50, AR, OKS"
	@echo "make sweep-people DATA=folder [MODEL=file.tflite]  what other thresholds of the decoders would do on these photos"
	@echo "make evaluate-tracking [MODEL=file.tflite] [JSON=file.json]  judge ids on sequences in which it is known who is who"
	@echo "make test-tflite-runtime  the core's tests on tflite-runtime 2.14"
	@echo "make test-fleet posenet-bag on Ray and S3, in an environment of its own"
	@echo "make test-oldest, make test-newest  the same on the oldest supported versions, and on the newest"
	@echo "make bench      measure speed, as ratios in one run; make bench-bags  that of posenet-bag"
	@echo "make speed-accuracy MODEL=file.tflite  measure, for the plot in docs/speed.md; make pictures  the plot and the clip"
	@echo "make soak [MODEL=file.tflite] [MINUTES=10]  run the pose node under load and print what it uses"
	@echo "make train [IMAGES=1000000] [SECONDS=600] [START=file] [PHOTOS='pack.npz folder:keypoints.json'] [TEACHER=file.tflite]  train a model"
	@echo "make gpu-folder [FOLDER=...] with PHOTOS, START, TEACHER: all that a training needs, for a GPU machine without network"
	@echo "make narrow START=weights.pt [LAST=512] [SECONDS=1800] [PHOTOS='...'] [TEACHER=file.tflite] [PAIR=6]"
	@echo "                give a trained network fewer channels in its last layers, and train those from a pair on; START=narrow.pt WIDE=weights.pt goes on"
	@echo "make preview-training  sheets of training images to look at"
	@echo "make limits-picture [MODEL=file.tflite]  the model card's picture of what the bundled model finds"
	@echo "make export     write the trained model to posenet_ros/models/; 'make evaluate-training' measures it"
	@echo "make docs       write config/pose.yaml and the tables in docs/parameters.md"
	@echo "make lint       format and type checks"
	@echo "make clean      remove what was built; 'make distclean' removes the virtual environments too"
	@echo "Choices: ROS_DISTRO=jazzy|kilted PYTHON=python3.12"

build:
	@$(ENV)

demo:
	@$(ENV) && python3 tools/$(if $(BAG),demo_bag.py,demo.py) $(if $(MODEL),--model '$(MODEL)') $(if $(INPUT),--input '$(INPUT)') $(if $(DEPTH),--depth)

# The page of web_node, on a camera or a file; ends with Ctrl-C.
.PHONY: view browser test-browser bench-web web-picture
view:
	@$(ENV) && exec python3 tools/view.py $(if $(MODEL),--model '$(MODEL)') $(if $(INPUT),--input '$(INPUT)') $(if $(PORT),--port '$(PORT)')

# Three at a time on two cores, since nodes that start and find each other mostly wait; each begins with another part of
# the tests, so that some wait while others calculate. On a busy machine that takes its time: what fails is reported, and
# gets a second chance.
PYTEST := pytest test --numprocesses 3 --dist worksteal
AGAIN := [ $$? = 1 ] && echo "Once more, what failed:" && pytest test --last-failed --maxfail 5
test:
	@$(ENV) && { $(PYTEST) || { $(AGAIN); }; }

# What the tests of the page need beside Debian's Chromium (apt-get install chromium); without, they skip.
browser: requirements/browser.txt
	@$(ENV) && { python3 -c 'import playwright' 2>/dev/null || pip install --quiet --disable-pip-version-check -r $<; }

test-browser: browser
	@$(ENV) && pytest test/browser

# What the page costs.
bench-web: browser
	@$(ENV) && python3 tools/bench_web.py $(if $(MODEL),--model '$(MODEL)')

# Branches that the tests take, in the nodes' processes too, and on Ray and S3.
coverage: .venv-fleet/.installed
	@$(ENV) && rm -rf coverage_output && { coverage run -m $(PYTEST) || { $(AGAIN); }; }
	@PYTHONSAFEPATH=1 PYTHONPATH=. .venv-fleet/bin/coverage run -m pytest test/fleet
	@$(ENV) && coverage combine --quiet && \
	  echo "The core:" && coverage report --omit='*/ros/*,*/posenet_ros/msg/*' --fail-under=97 && \
	  echo "The shell:" && coverage report --include='*/posenet_ros/ros/*' --fail-under=95

# Do the tests notice when the way from image to people is changed? An hour or more. 'mutmut show NAME' shows a survivor.
mutation: requirements/mutation.txt
	@test .venv-mutation/.installed -nt $< || { \
	  $(or $(PYTHON),python3) -m venv .venv-mutation && \
	  .venv-mutation/bin/pip install --quiet -r $< && touch .venv-mutation/.installed; }
	@POSENET_ROS_TEST_DATA="$${POSENET_ROS_TEST_DATA:-$(abspath ../shared)}" .venv-mutation/bin/mutmut run
	@.venv-mutation/bin/mutmut results

# The core on the older runtime, whose last release needs Python 3.11 at most and numpy 1.
test-tflite-runtime: requirements/tflite-runtime.txt
	@test .venv-tflite-runtime/.installed -nt $< || { \
	  $(or $(PYTHON),python3) -m venv .venv-tflite-runtime && \
	  .venv-tflite-runtime/bin/pip install --quiet -r $< && touch .venv-tflite-runtime/.installed; }
	@PYTHONSAFEPATH=1 PYTHONPATH=. .venv-tflite-runtime/bin/pytest test/unit

# The core on the oldest versions that are supported, and on the newest. LiteRT without its dependencies, as on a machine
# with ROS: one of them asks for numpy 2.
test-oldest: VERSION_PYTHON = $(or $(PYTHON),python3.10)
test-newest: VERSION_PYTHON = $(or $(PYTHON),python3.13)
test-oldest test-newest: test-%: requirements/%.txt requirements/litert.txt
	@test .venv-$*/.installed -nt $< || { \
	  $(VERSION_PYTHON) -m venv .venv-$* && .venv-$*/bin/pip install --quiet -r $< && \
	  .venv-$*/bin/pip install --quiet --no-deps -r requirements/litert.txt && touch .venv-$*/.installed; }
	@PYTHONSAFEPATH=1 PYTHONPATH=. .venv-$*/bin/pytest test/unit

# posenet-bag on many machines: Ray, S3 and tables, none of which the package or its other tests need.
# KILLS=200 has the kill test take its time.
.venv-fleet/.installed: requirements/fleet.txt
	@$(or $(PYTHON),python3) -m venv .venv-fleet
	@.venv-fleet/bin/pip install --quiet -r $<
	@touch $@

test-fleet: .venv-fleet/.installed
	@PYTHONSAFEPATH=1 PYTHONPATH=. KILLS=$(KILLS) .venv-fleet/bin/pytest test/fleet

# What posenet-bag costs beside the network, with processes and with Ray.
.PHONY: bench-bags
bench-bags: .venv-fleet/.installed
	@PYTHONSAFEPATH=1 PYTHONPATH=. .venv-fleet/bin/python tools/bench_bags.py $(if $(MODEL),--model '$(MODEL)')

# The images of the README.
pictures:
	@$(ENV) && python3 tools/make_pictures.py $(if $(MODEL),--model '$(MODEL)')

# The README's picture of the page.
web-picture: browser
	@$(ENV) && python3 tools/make_web_picture.py $(if $(MODEL),--model '$(MODEL)')

# config/pose.yaml and the tables in docs/parameters.md, from posenet_ros/settings/.
docs:
	@$(ENV) && python3 tools/write_parameter_tables.py

bench:
	@$(ENV) && python3 tools/bench.py $(if $(MODEL),--model '$(MODEL)') $(if $(QUANTISED),--quantised '$(QUANTISED)')

# The plot of speed against accuracy in docs/speed.md.
speed-accuracy:
	@$(ENV) && python3 tools/speed_accuracy.py $(if $(MODEL),--model '$(MODEL)')

evaluate:
	@$(ENV) && python3 tools/evaluate.py --model '$(MODEL)'

# Photos with people annotated as in COCO; the table of docs/accuracy.md.
evaluate-people:
	@test -n '$(DATA)' || { echo "say where the photos and their COCO keypoint JSON are: make evaluate-people DATA=folder"; exit 2; }
	@$(ENV) && python3 tools/evaluate_people.py --data '$(DATA)' $(if $(ANNOTATIONS),--annotations '$(ANNOTATIONS)') \
	  $(if $(MODELS),--models $(MODELS)) $(OPTIONS)

# What other defaults of the decoders would do on such photos; the table of defaults in docs/accuracy.md.
sweep-people:
	@test -n '$(DATA)' || { echo "say where the photos and their COCO keypoint JSON are: make sweep-people DATA=folder"; exit 2; }
	@$(ENV) && python3 tools/sweep_people.py --data '$(DATA)' $(if $(ANNOTATIONS),--annotations '$(ANNOTATIONS)') $(if $(MODEL),--model '$(MODEL)')

# Ids: IDF1 and id switches.
evaluate-tracking:
	@$(ENV) && python3 tools/evaluate_tracking.py $(if $(MODEL),--model '$(MODEL)') $(if $(JSON),--json '$(JSON)')

soak:
	@$(ENV) && python3 tools/soak.py $(if $(MODEL),--model '$(MODEL)') $(if $(MINUTES),--minutes '$(MINUTES)')

# The training pipeline has an environment of its own, with PyTorch.
TRAINING := PYTHONPATH=. .venv-training/bin/python -m
TRAINING_CACHE := $(or $(CACHE),training_output/cache)

.venv-training/.installed: requirements/training.txt
	$(or $(PYTHON),python3) -m venv .venv-training
	.venv-training/bin/pip install --quiet --no-deps -r $<
	@touch $@

# Without these settings each large tensor is fetched from the kernel anew, which takes more than a third of the time;
# and threads that wait for the next step keep the cores from the processes that make its images.
train narrow: export GOMP_SPINCOUNT = 20000
train narrow: export MALLOC_MMAP_THRESHOLD_ = 1073741824
train narrow: export MALLOC_TRIM_THRESHOLD_ = 4294967296
train narrow: export MALLOC_TOP_PAD_ = 268435456
train: .venv-training/.installed
	@$(TRAINING) training.train --cache '$(TRAINING_CACHE)' --workers $(or $(WORKERS),2) --people $(or $(PEOPLE),20000) \
	  --backgrounds $(or $(BACKGROUNDS),5000) --images '$(or $(IMAGES),1000000)' $(if $(SECONDS),--seconds '$(SECONDS)') \
	  $(if $(START),--start '$(START)') $(if $(TEACHER),--teacher '$(TEACHER)') $(if $(PHOTOS),--photos $(PHOTOS)) \
	  $(if $(STAGES),--stages '$(STAGES)') $(TRAIN_OPTIONS)

# A network of fewer channels from a trained one, trained on; or, with WIDE, training that goes on from the narrow one.
.PHONY: narrow
narrow: .venv-training/.installed
	@test -n '$(START)' || { echo "say which weights: make narrow START=weights.pt PHOTOS='...'"; exit 2; }
	@$(TRAINING) training.narrow --start '$(START)' $(if $(WIDE),--wide '$(WIDE)') $(if $(LAST),--last '$(LAST)') \
	  --cache '$(TRAINING_CACHE)' --workers $(or $(WORKERS),2) --people $(or $(PEOPLE),5000) \
	  --backgrounds $(or $(BACKGROUNDS),750) $(if $(PAIR),--pair '$(PAIR)') $(if $(SECONDS),--seconds '$(SECONDS)') \
	  $(if $(TEACHER),--teacher '$(TEACHER)') $(if $(PHOTOS),--photos $(PHOTOS)) \
	  $(if $(shell command -v g++),--compile) $(NARROW_OPTIONS)

gpu-folder: .venv-training/.installed
	@$(TRAINING) training.gpu_folder --output '$(or $(FOLDER),training_output/gpu)' $(if $(PHOTOS),--photos $(PHOTOS)) \
	  $(if $(START),--start '$(START)') $(if $(TEACHER),--teacher '$(TEACHER)')

# Renders that nobody trains on: they calibrate and measure.
HELD_OUT = $(TRAINING) training.cache --cache '$(TRAINING_CACHE)' --workers $(or $(WORKERS),2) --only held-out

export: .venv-training/.installed
	@$(HELD_OUT)
	@$(TRAINING) training.export --cache '$(TRAINING_CACHE)' $(if $(CHECKPOINT),--checkpoint '$(CHECKPOINT)') \
	  $(if $(PHOTOS),--photos $(PHOTOS))

evaluate-training: .venv-training/.installed
	@$(HELD_OUT)
	@$(TRAINING) training.evaluate --cache '$(TRAINING_CACHE)' $(if $(MODEL),--model '$(MODEL)') $(if $(PHOTOS),--photos $(PHOTOS))

preview-training: .venv-training/.installed
	@$(TRAINING) training.preview --cache '$(TRAINING_CACHE)' $(if $(PHOTOS),--photos $(PHOTOS))

# The model card's picture of rendered scenes, of kinds that the model finds and others.
.PHONY: limits-picture
limits-picture: .venv-training/.installed
	@$(TRAINING) training.make_limits --body '$(TRAINING_CACHE)/body.npz' $(if $(MODEL),--model '$(MODEL)')

test-training: .venv-training/.installed
	@PYTHONSAFEPATH=1 PYTHONPATH=. .venv-training/bin/pytest test/training

lint:
	@$(ENV) && ruff format --check . && ruff check . && mypy && codespell && python3 tools/check_files.py

clean:
	rm -rf build* install* log demo_output .pytest_cache .mypy_cache .ruff_cache .hypothesis

distclean: clean
	rm -rf .venv*
