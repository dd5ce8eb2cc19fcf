# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""All exceptions; each message says what was wrong, with the value, and what to do."""


class PoseNetError(ValueError):
    """The base of all: an input cannot be used."""


class SettingError(PoseNetError):
    """A setting has a wrong value or an unknown name."""


class ModelError(PoseNetError):
    """A model file cannot be found, read, rewritten or run."""


class ImageError(PoseNetError):
    """An image cannot be read, or its data do not fit its description."""


class SourceError(PoseNetError):
    """A source of images cannot be opened or has failed."""


class SourceAwayError(SourceError):
    """A webcam or stream is not there, or gives no images, at present."""


class PictureError(SourceError):
    """One image of a source cannot be read; later ones may be readable."""


class CalibrationError(PoseNetError):
    """A calibration cannot be found, read or used."""


class DownloadError(ModelError):
    """A download fails, or the file is not the expected one."""


class MissingPackageError(PoseNetError):
    """A package that something optional needs is not installed."""


class BagError(PoseNetError):
    """A bag cannot be read or written."""


class WebError(PoseNetError):
    """The page cannot be served."""


class BadRequestError(WebError):
    """A message that no page of ours sends."""
