#!/bin/sh
# image_build.sh JOBS
#
# In a container (deploy/Dockerfile): brings /src to what is in /new, builds the programs there and puts them into /out. What an
# older build left in /src is used again: a file whose content is as it was keeps its time stamp, one that has changed
# gets the present, so that the build tool compiles what changed, whatever the clocks and checkouts of the sender did.
set -eu
jobs=$1

sh /new/deploy/lib/image_packages.sh /new/deploy/packages.txt

mkdir -p /src
cd /new
find . -type f | while IFS= read -r file; do
  cmp -s "$file" "/src/$file" && continue
  mkdir -p "/src/${file%/*}"
  cp "$file" "/src/$file"
done
cd /src
find . -path ./build -prune -o -name node_modules -prune -o -type f -print | while IFS= read -r file; do
  [ -e "/new/$file" ] || rm "$file"
done
rm -rf /new

if [ "$jobs" = 0 ]; then # a gRPC translation unit takes up to 1.5 GB
  jobs=$(awk -v cores="$(nproc)" \
    '/^MemAvailable/ {m = int($2 / 1500000); if (m < 1) m = 1; print m < cores ? m : cores}' /proc/meminfo)
fi
services=$(awk '$1 !~ /^#/ && NF == 3 {print $1}' deploy/services.txt)
cmake --preset release -DTW_TESTS=OFF
# shellcheck disable=SC2086  # one word each
cmake --build build/release -j "$jobs" --target tradewind-services tradewind $services
rm -rf "${HOME:-/root}/.npm" # a layer keeps no cache
rm -rf /out
mkdir -p /out/bin /out/data
strip -o /out/bin/tradewind-services build/release/bin/tradewind-services
cp -P build/release/bin/tradewind /out/bin/ # as the services, a link to the one program of all
for name in $services; do
  cp -P "build/release/bin/$name" /out/bin/
  mkdir "/out/data/$name"
done
