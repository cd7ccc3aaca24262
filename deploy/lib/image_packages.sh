#!/bin/sh
# image_packages.sh [LIST]
#
# In a container (deploy/Dockerfile): installs the group `build` of deploy/packages.txt without what only tests and developers
# need. ccache stays out too: a layer keeps no cache. Does nothing when all is there.
set -eu
list=${1:-$(dirname "$0")/packages.txt}

missing=
for name in $(awk '$1 == "build" {print $2}' "$list"); do
  case $name in
    ccache | git | clang-format-14 | libgtest-dev | libgmock-dev | libbenchmark-dev | librapidcheck-dev) continue ;;
  esac
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || missing="$missing $name"
done
[ -n "$missing" ] || exit 0
apt-get update
# shellcheck disable=SC2086  # one word each
DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing
rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb
