# One line is missing here, and tools that load cookbooks by name guess it from the directory: rename the directory and
# the cookbook is another one. Lint knows this as FC045.
maintainer       'Fernhill Books'
maintainer_email 'platform@fernhill.example'
license          'MIT'
description      'Says whose machine this is when somebody signs in'
version          '1.2.0'
chef_version     '>= 16.0'
