# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""A z-buffer for triangle meshes: which triangle each pixel shows, how far away, and how it is shaded."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from training.materials import FIRST, GLOSS, ROUGHNESS, SECOND, noise, share_of_second

FAR = np.float32(1e9)
"""Depth of a pixel that shows nothing."""


@njit(cache=True, fastmath=True)
def vertex_normals(vertices, triangles):  # type: ignore[no-untyped-def]
    """Return the [n, 3] unit normals of vertices [n, 3], each the mean of its triangles' weighted by area."""
    normals = np.zeros_like(vertices)
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ux, uy, uz = vertices[b, 0] - vertices[a, 0], vertices[b, 1] - vertices[a, 1], vertices[b, 2] - vertices[a, 2]
        vx, vy, vz = vertices[c, 0] - vertices[a, 0], vertices[c, 1] - vertices[a, 1], vertices[c, 2] - vertices[a, 2]
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for corner in (a, b, c):
            normals[corner, 0] += nx
            normals[corner, 1] += ny
            normals[corner, 2] += nz
    for i in range(normals.shape[0]):
        length = math.sqrt(normals[i, 0] ** 2 + normals[i, 1] ** 2 + normals[i, 2] ** 2) + 1e-12
        for axis in range(3):
            normals[i, axis] /= length
    return normals


@njit(cache=True, fastmath=True)
def rasterise(points, triangles, height, width):  # type: ignore[no-untyped-def]
    """Return what is nearest at each pixel.

    :param points: [n, 3] float32: pixel x, pixel y and depth; triangles with a corner at depth <= 0 are left out
    :param triangles: [t, 3] int32
    :returns: depth [height, width] float32 (FAR where nothing is), triangle [height, width] int32 (-1), and the
        barycentric weights of the triangle's last two corners [height, width, 2]
    """
    depth = np.full((height, width), FAR, np.float32)
    shown = np.full((height, width), -1, np.int32)
    weights = np.zeros((height, width, 2), np.float32)
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        za, zb, zc = points[a, 2], points[b, 2], points[c, 2]
        if za <= 0.0 or zb <= 0.0 or zc <= 0.0:
            continue
        xa, ya, xb, yb, xc, yc = points[a, 0], points[a, 1], points[b, 0], points[b, 1], points[c, 0], points[c, 1]
        area = (xb - xa) * (yc - ya) - (xc - xa) * (yb - ya)
        if area == 0.0:
            continue
        left, right = max(0, math.ceil(min(xa, xb, xc))), min(width - 1, math.floor(max(xa, xb, xc)))
        top, bottom = max(0, math.ceil(min(ya, yb, yc))), min(height - 1, math.floor(max(ya, yb, yc)))
        for y in range(top, bottom + 1):
            for x in range(left, right + 1):
                wb = ((x - xa) * (yc - ya) - (xc - xa) * (y - ya)) / area
                wc = ((xb - xa) * (y - ya) - (x - xa) * (yb - ya)) / area
                if wb < 0.0 or wc < 0.0 or wb + wc > 1.0:
                    continue
                z = (1.0 - wb - wc) * za + wb * zb + wc * zc
                if z < depth[y, x]:
                    depth[y, x] = z
                    shown[y, x] = t
                    weights[y, x, 0] = wb
                    weights[y, x, 1] = wc
    return depth, shown, weights


@njit(cache=True, fastmath=True)
def shade(  # type: ignore[no-untyped-def]
    shown,
    weights,
    triangles,
    vertices,
    normals,
    at_rest,
    material_of,
    materials,
    eye,
    above,
    below,
    directions,
    strengths,
):
    """Return the colours of the pixels, [h, w, 4] float32 RGB and cover, 0 to 1 (Blinn-Phong)."""
    height, width = shown.shape
    picture = np.zeros((height, width, 4), np.float32)
    for y in range(height):
        for x in range(width):
            t = shown[y, x]
            if t < 0:
                continue
            wb, wc = weights[y, x, 0], weights[y, x, 1]
            wa = 1.0 - wb - wc
            a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
            nearest = a if wa >= wb and wa >= wc else (b if wb >= wc else c)
            material = materials[material_of[nearest]]
            n, p, r = np.empty(3), np.empty(3), np.empty(3)
            for i in range(3):
                n[i] = wa * normals[a, i] + wb * normals[b, i] + wc * normals[c, i]
                p[i] = eye[i] - (wa * vertices[a, i] + wb * vertices[b, i] + wc * vertices[c, i])
                r[i] = wa * at_rest[a, i] + wb * at_rest[b, i] + wc * at_rest[c, i]
            n /= math.sqrt(n[0] * n[0] + n[1] * n[1] + n[2] * n[2]) + 1e-9
            p /= math.sqrt(p[0] * p[0] + p[1] * p[1] + p[2] * p[2]) + 1e-9
            # Sheets such as skirts are seen from both sides.
            if n[0] * p[0] + n[1] * p[1] + n[2] * p[2] < -0.2:
                n = -n
            share = share_of_second(material, r[0], r[1], r[2])
            grain = 0.6 * noise(r[0] * 25.0, r[1] * 25.0, r[2] * 25.0) + 0.4 * noise(
                r[0] * 90.0, r[1] * 90.0, r[2] * 90.0
            )
            grain = 1.0 + material[ROUGHNESS] * grain
            up = 0.5 + 0.5 * n[1]
            glossy = 0.0
            lit = np.empty(3)
            for i in range(3):
                lit[i] = up * above[i] + (1.0 - up) * below[i]
            for lamp in range(2):
                d = directions[lamp]
                facing = n[0] * d[0] + n[1] * d[1] + n[2] * d[2]
                if facing > 0.0:
                    h = p + d
                    h /= math.sqrt(h[0] * h[0] + h[1] * h[1] + h[2] * h[2]) + 1e-9
                    spot = max(n[0] * h[0] + n[1] * h[1] + n[2] * h[2], 0.0)
                    glossy += material[GLOSS] * spot**24 * strengths[lamp, 1]
                    for i in range(3):
                        lit[i] += facing * strengths[lamp, i]
            for i in range(3):
                colour = (1.0 - share) * material[FIRST + i] + share * material[SECOND + i]
                picture[y, x, i] = min(max(colour * grain * lit[i] + glossy, 0.0), 1.0)
            picture[y, x, 3] = 1.0
    return picture
