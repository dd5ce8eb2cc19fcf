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
from posenet_ros.skeleton import KEYPOINT_NAMES, KeypointId
from posenet_ros.tracking.tracker import PersonTracker

pictures = sorted(Path("test/data/clip").glob("*.jpg"))
image = cv2.imread(str(pictures[0]))

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
# Who is who from picture to picture: `tracking` gives ids. The clip has ten pictures a second.

# %%
tracker = PersonTracker()
for number, path in enumerate(pictures[:10]):
    people = tracker.update(estimator.estimate(cv2.imread(str(path))), stamp=number / 10.0)
    noses = people.keypoints[:, KeypointId.NOSE].round().astype(int).tolist()
    print(path.name, {int(person): nose for person, nose in zip(people.ids, noses, strict=True)})
