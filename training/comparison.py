# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A model beside a reference on photos, where nobody knows the truth."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from posenet_ros.drawing import draw_people
from posenet_ros.estimator import PoseEstimator
from training.metrics import match_people, pck
from training.render import OUTSIDE, VISIBLE

_SURE = 0.5
_SIZE = (353, 353)


def compare_on_photos(model: Path, reference: Path, photos: Sequence[Path], output: Path) -> list[dict[str, Any]]:
    """Return for each photo how many people either model finds, and how alike; write the photos with both drawn.

    Of the keypoints that the reference scores at least 0.5, ``agreement`` is the share that the model puts
    within a tenth of the person's box, those of missed people included.
    """
    rows = []
    for photo in photos:
        image = cv2.imread(str(photo))
        if image is None:
            raise OSError(f"{photo} is no picture")
        pictures = []
        found = {}
        for name, path in (("model", model), ("reference", reference)):
            found[name] = PoseEstimator(path, 16, _SIZE).estimate(image)
            pictures.append(image.copy())
            draw_people(pictures[-1], found[name])
        sure = np.where(found["reference"].keypoint_scores >= _SURE, VISIBLE, OUTSIDE).astype(np.uint8)
        matches, _ = match_people(found["model"], found["reference"].keypoints, sure)
        rows.append(
            {
                "photo": photo.name,
                "people": len(found["model"]),
                "of the reference": len(found["reference"]),
                "agreement": pck(matches),
                "scores": [round(float(score), 3) for score in found["model"].scores],
            }
        )
        cv2.imwrite(str(output / f"photo_{photo.stem}.jpg"), np.hstack(pictures))
    return rows
