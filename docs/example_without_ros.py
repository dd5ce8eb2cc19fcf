# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
# %% [markdown]
# # People in pictures, without ROS
#
# After `pip install '.[litert]'` in the root of the repository, run from there: cell by cell (Jupyter with jupytext,
# VS Code) or as a whole, `python docs/example_without_ros.py`.

# %%
"""Finds, draws and follows people with the Python core of posenet_ros."""

from pathlib import Path

import cv2

from posenet_ros.drawing import draw_people
from posenet_ros.estimator import PoseEstimator
from posenet_ros.pipeline import PosePipeline
from posenet_ros.skeleton import KEYPOINT_NAMES, KeypointId

images = sorted(Path("test/data/clip").glob("*.jpg"))
image = cv2.imread(str(images[0]))

# %% [markdown]
# The network may get images of any size. `bundled` needs no download; `posenet_mobilenet_v1_100_257x257`, the official
# model, is better and is fetched once.

# %%
estimator = PoseEstimator("bundled", output_stride=16, input_size=(353, 481))
people = estimator.estimate(image)
print(f"{len(people)} people, scores {people.scores.round(2)}")

# %%
for name, (x, y), score in zip(KEYPOINT_NAMES, people.keypoints[0], people.keypoint_scores[0], strict=True):
    print(f"{name:<14} x {x:5.0f}  y {y:5.0f}  score {score:.2f}")

# %%
draw_people(image, people)
cv2.imwrite("people.png", image)

# %% [markdown]
# The pipeline gives ids that stay from image to image. The clip has ten images a second.

# %%
pipeline = PosePipeline(estimator)
for number, path in enumerate(images[:10]):
    people = pipeline.process(cv2.imread(str(path)), stamp=number / 10.0).people
    noses = people.keypoints[:, KeypointId.NOSE].round().astype(int).tolist()
    print(path.name, {int(person): nose for person, nose in zip(people.ids, noses, strict=True)})
