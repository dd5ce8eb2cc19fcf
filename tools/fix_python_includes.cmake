# Passed as CMAKE_PROJECT_INCLUDE when building against the ROS 2 wheels from PyPI in .venv.
# Targets of an ordinary ROS installation hold no such folders and stay as they are.
function(posenet_ros_fix_python_includes)
  # The message packages export the Python and numpy header folders of the machine that built the
  # wheels: put this machine's in their place.
  get_property(imported_targets DIRECTORY PROPERTY IMPORTED_TARGETS)
  foreach(target IN LISTS imported_targets)
    get_target_property(includes ${target} INTERFACE_INCLUDE_DIRECTORIES)
    if(includes MATCHES "/opt/python/")
      list(FILTER includes EXCLUDE REGEX "^/opt/python/")
      list(APPEND includes ${Python3_INCLUDE_DIRS} ${Python3_NumPy_INCLUDE_DIRS})
      set_target_properties(${target} PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${includes}")
    endif()
  endforeach()

  # CMake refuses to export a target whose headers lie below the source folder, as those in .venv do.
  get_property(own_targets DIRECTORY PROPERTY BUILDSYSTEM_TARGETS)
  foreach(target IN LISTS own_targets)
    get_target_property(includes ${target} INTERFACE_INCLUDE_DIRECTORIES)
    if(includes MATCHES "/site-packages/numpy/")
      list(TRANSFORM includes REPLACE "^(/.*/site-packages/numpy/.*)$" "$<BUILD_INTERFACE:\\1>")
      set_target_properties(${target} PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${includes}")
    endif()
  endforeach()
endfunction()
# The targets exist only after the project's own calls.
cmake_language(DEFER CALL posenet_ros_fix_python_includes)
